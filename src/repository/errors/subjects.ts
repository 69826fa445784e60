import type { Message } from '#foundation/language.ts';

/** The repository that an error is about. */
export interface At {
  /** A URL without credentials. */
  readonly url: string;
}

/** A file of it. */
export interface OfFile extends At {
  /** The file's key in the repository: `snapshots/…`, `data/ab/…`. */
  readonly file: string;
}

/** A file, and what is wrong with it. */
export interface FileFault extends OfFile {
  readonly reason: Message;
}
