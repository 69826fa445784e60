/** A gate of one request: it may be opened before the request gets there. */
export interface Gate {
  readonly opened: Promise<void>;
}

/** Gates that requests wait at until a test opens them. */
export class Stalls {
  readonly #waiting = new Set<{ readonly rule: string; readonly open: () => void }>();
  #closed = false;

  /** A closed gate that opens when the rule's stalls are released, or when `gone` (its client) has settled. */
  gate(rule: string, gone: Promise<unknown>): Gate {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#closed) resolve();
    const gate = { rule, open: resolve };
    this.#waiting.add(gate);
    const leave = (): void => {
      this.#waiting.delete(gate);
      resolve();
    };
    gone.then(leave, leave);
    return { opened: promise };
  }

  /** Lets go on what one rule has stalled so far, or all rules have. */
  release(rule?: string): void {
    for (const gate of this.#waiting) {
      if (rule !== undefined && gate.rule !== rule) continue;
      this.#waiting.delete(gate);
      gate.open();
    }
  }

  /** Releases all, and whoever comes later. */
  close(): void {
    this.#closed = true;
    this.release();
  }
}
