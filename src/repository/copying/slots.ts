/** Room for so many pieces of work at once. */
export class Slots {
  readonly #limit: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#taken >= this.#limit;
  }

  /** Resolves when there is room; who then does not begin at once may find it taken. */
  async room(): Promise<void> {
    while (this.full) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  /** Begins now, whether there is room or not. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#taken++;
    try {
      return await work();
    } finally {
      this.#taken--;
      this.#waiting.shift()?.();
    }
  }
}
