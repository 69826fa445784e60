import type { Message } from '#foundation/language.ts';

/** Bytes that are not what the format says they are. Whoever read them knows from which file they came and names it. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly reason: Message;

  constructor(reason: Message, context: { readonly cause?: unknown } = {}) {
    super(reason.en(), context);
    this.reason = reason;
  }
}
