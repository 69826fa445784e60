/** One word of a command: text, or bytes where it is no UTF-8. Every byte but NUL arrives as it is. */
export type Argument = string | Uint8Array;

export interface CommandOptions {
  /** What the command reads; nothing unless given. A stream is asked for more only as the command reads. */
  readonly stdin?: Uint8Array | string | AsyncIterable<Uint8Array>;
  /** Ends the command, and what it started, on the machine that it runs on. */
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that are accepted of a command's stdout, or of a file, unless more is asked for. */
export const defaultLimit = 16 * 2 ** 20;

export interface RunOptions extends CommandOptions {
  /** How many bytes of stdout are accepted; {@link defaultLimit} unless given. */
  readonly limit?: number;
}

/** How a command ended. */
export interface Ending {
  /** Its exit status; 128 + n where signal n ended it, 127 where there is no such program. */
  readonly code: number;
  /** What it said on stderr, the last 64 KiB of it, without what SSH or the login shell said. */
  readonly stderr: string;
}

export interface Outcome extends Ending {
  readonly stdout: Buffer;
}

/** A command under way. */
export interface CommandStream {
  /**
   * What it writes, as fast as it is read here and no faster. Leaving the loop early ends the command. Throws
   * what {@link ended} rejects with, and `remote.connection-lost` where not all of it arrived, but not for an exit status: look at that
   * before trusting what was read.
   */
  readonly stdout: AsyncIterable<Buffer>;
  /** Settles when everything has been read. Rejects where the command could not be run to its end. */
  readonly ended: Promise<Ending>;
}

export interface ReadFileOptions {
  /** How many bytes are accepted; {@link defaultLimit} unless given. */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteFileOptions {
  /** Permission bits; 0600 unless given. */
  readonly mode?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ReadTreeOptions {
  /** The directory that the paths are relative to, and the names in the archive too; `/` unless given. */
  readonly base?: string;
  /** Patterns, as GNU tar's `--exclude` takes them. */
  readonly exclude?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * One Linux machine: its commands and its files, whether it is this one or another over SSH. Commands are not run by
 * a shell; they start in `/` with the locale `C`, and with the rights that the host was opened with. Every path is
 * absolute. What a command writes and says comes from another machine: bound it and do not trust it.
 *
 * Every method rejects with a `remote.*` error where the machine cannot be reached or the command not be run to its
 * end, and with the signal's reason where that is aborted; an exit status is never an error of {@link run} and
 * {@link stream}.
 */
export interface Host extends AsyncDisposable {
  /** How the machine is called in messages: `localhost`, or the SSH destination. */
  readonly name: string;
  /** @throws `remote.output-too-large` where stdout passes the limit; the command is ended. */
  run(command: readonly Argument[], options?: RunOptions): Promise<Outcome>;
  stream(command: readonly Argument[], options?: CommandOptions): CommandStream;
  /** @throws `remote.file-missing`, `remote.file-denied`, `remote.file-foreign`, `remote.file-too-large`. */
  readFile(path: string, options?: ReadFileOptions): Promise<Buffer>;
  /**
   * Writes a file whole or not at all: beside its final name first, synchronised, then renamed. A link of that name
   * is replaced, not followed.
   */
  writeFile(path: string, bytes: Uint8Array, options?: WriteFileOptions): Promise<void>;
  /**
   * A tar (pax) of files and directories with numeric owners, permissions and times. Only an iteration that ends
   * without an error was the whole of it: `remote.tree-incomplete` comes after the last byte.
   */
  readTree(paths: readonly string[], options?: ReadTreeOptions): AsyncIterable<Buffer>;
}
