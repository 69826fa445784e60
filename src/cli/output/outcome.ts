import type { ExitName } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'dim' | 'strong';

/** A piece of text on its way to the screen. Plain strings are data and shown as they are. */
export type Cell = string | Message | { readonly text: string | Message; readonly tone: Tone };

export interface Column<T> {
  readonly header: Message;
  readonly cell: (item: T) => Cell;
  /** Only with `-o wide`. */
  readonly wide?: boolean;
  /** Left out where the table is wider than the terminal; of several, the last one first. Never with `-o wide`. */
  readonly yields?: boolean;
  readonly align?: 'right';
}

/** Items that can be gone through as often as that is wanted; they need not all be in memory. */
export interface Items<T> extends Iterable<T> {
  readonly length: number;
}

/** Items as a table, as `{kind: List, items}` in JSON and YAML, as one name a line with `-o name`. */
export interface Listing<T = unknown> {
  readonly shape: 'list';
  readonly items: Items<T>;
  readonly columns: readonly Column<T>[];
  /** As kubectl prints it: `backup.velero.io/nightly`. */
  readonly name: (item: T) => string;
  /** What JSON and YAML show of an item; the item itself unless told. */
  readonly data?: (item: T) => unknown;
  /** Exactly one item was asked for by name: JSON and YAML show it without the list around it. */
  readonly single?: boolean;
  /** Shown on stderr in place of a table where there are no items. */
  readonly empty?: Message;
}

/** A line of a description: a label with a value, several values, or lines below it. */
export interface Field {
  readonly label: string | Message;
  readonly value?: Cell | readonly Cell[];
  readonly fields?: readonly Field[];
  /** Text below it, further in, each without a label. */
  readonly lines?: readonly Cell[];
}

/** One thing: sentences or labelled fields for people, `data` in JSON and YAML. */
export interface Description {
  readonly shape: 'object';
  readonly data: unknown;
  readonly name: string;
  readonly text: Message | readonly Field[];
}

/** Bytes for stdout, whatever `-o` says: a log, a file. */
export interface ByteStream {
  readonly shape: 'bytes';
  readonly body: AsyncIterable<Uint8Array>;
  /** Not text: a terminal is refused with `cli.binary-to-terminal`. */
  readonly binary?: boolean;
}

/**
 * What a command hands to the output layer. `exit` makes the process say so although there is something to
 * show: `partial` where something was done and something was not. `notes` go to stderr, after the rest.
 */
export type Outcome = (Listing | Description | ByteStream) & {
  readonly exit?: ExitName;
  readonly notes?: readonly Message[];
};

type Extras = Pick<Outcome, 'exit' | 'notes'>;

/** A listing, its item type checked against its columns. */
export function listing<T>(parts: Omit<Listing<T>, 'shape'> & Extras): Outcome {
  return { shape: 'list', ...parts } as unknown as Outcome;
}

/** A description of one thing. */
export function description(parts: Omit<Description, 'shape'> & Extras): Outcome {
  return { shape: 'object', ...parts };
}

export function byteStream(
  body: AsyncIterable<Uint8Array>,
  extras: Extras & Pick<ByteStream, 'binary'> = {},
): Outcome {
  return { shape: 'bytes', body, ...extras };
}
