/**
 * Work that goes on beside its caller, counted, so that no more is begun than there is room for. The first failure
 * is thrown to whoever waits next.
 */
export class UnderWay {
  #count = 0;
  #failed = false;
  #failure: unknown;
  #ended: () => void = () => {};

  get count(): number {
    return this.#count;
  }

  /** Takes charge of what `work` becomes. */
  add(work: Promise<void>): void {
    this.#count++;
    void this.#watch(work);
  }

  /** Waits until fewer than `limit` are under way. @throws the first failure */
  async below(limit: number): Promise<void> {
    while (this.#count >= limit && !this.#failed) await new Promise<void>(resolve => (this.#ended = resolve));
    if (this.#failed) throw this.#failure;
  }

  async #watch(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      if (!this.#failed) [this.#failed, this.#failure] = [true, thrown];
    }
    this.#count--;
    this.#ended();
  }
}
