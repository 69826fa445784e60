import { constants } from 'node:fs';
import { endianness, platform } from 'node:os';
import { deviceNumber } from './at.ts';
import { type LibcFunction, libc } from './libc.ts';
import { mayHaveAttributes } from './read-attributes.ts';

/** Of Linux's `fcntl.h` and `stat.h`; the same on every architecture that Node runs on. */
const [workingDirectory, noFollow, basicStatus] = [-100, 0x100, 0x7ff];
const statusSize = 256;
/** A path on Linux has no more bytes, its NUL included. */
const longestPath = 4096;
const perSecond = 1_000_000_000n;
/** Where `struct statx` has its members, in units of four bytes; times in units of eight. */
const at = {
  mask: 0,
  links: 4,
  uid: 5,
  gid: 6,
  mode: 7,
  size: 10,
  sizeAbove: 11,
  fraction: 30,
  major: 34,
  minor: 35,
} as const;
const secondsAt = 14;

/**
 * What `lstat` says of one entry after the other, in memory that is used again: no object is made for an entry. Who goes through many
 * that are as they were needs no more. Each call overwrites what the last one found.
 */
export class StatusProbe {
  readonly #statx: LibcFunction;
  readonly #path = Buffer.alloc(longestPath);
  readonly #words: Uint32Array;
  readonly #times: BigInt64Array;
  readonly #status: Uint8Array;
  #directory = '';
  #nameAt = 0;

  private constructor(statx: LibcFunction) {
    this.#statx = statx;
    const memory = new ArrayBuffer(statusSize);
    this.#status = new Uint8Array(memory);
    this.#words = new Uint32Array(memory);
    this.#times = new BigInt64Array(memory);
  }

  /** `undefined` where the system does not have it. */
  static open(): StatusProbe | undefined {
    if (platform() !== 'linux' || endianness() !== 'LE') return undefined;
    try {
      return new StatusProbe(libc('statx', 'int', ['int', 'const void *', 'int', 'uint32', 'void *']));
    } catch {
      return undefined; // an old C library
    }
  }

  /**
   * Looks at an entry of a directory, of a symlink at itself. Whether there is one, and all of the below is known of it.
   *
   * @param directory, name their bytes as Latin-1; the directory absolute
   */
  look(directory: string, name: string): boolean {
    if (!this.#write(directory, name)) return false;
    if (this.#statx(workingDirectory, this.#path, noFollow, basicStatus, this.#status) !== 0) return false;
    return (this.#word(at.mask) & basicStatus) === basicStatus;
  }

  get isFile(): boolean {
    return (this.#word(at.mode) & constants.S_IFMT) === constants.S_IFREG;
  }

  /** The low twelve bits. */
  get mode(): number {
    return this.#word(at.mode) & 0o7777;
  }

  get uid(): number {
    return this.#word(at.uid);
  }

  get gid(): number {
    return this.#word(at.gid);
  }

  get links(): number {
    return this.#word(at.links);
  }

  /** Bytes. */
  get size(): number {
    return this.#word(at.size) + this.#word(at.sizeAbove) * 2 ** 32;
  }

  /** Nanoseconds since 1970. */
  get mtime(): bigint {
    return (this.#times[secondsAt] ?? 0n) * perSecond + BigInt(this.#word(at.fraction));
  }

  /** Of the file system that holds it: `st_dev`. */
  get device(): bigint {
    return deviceNumber(this.#word(at.major), this.#word(at.minor));
  }

  /** Asks once more: whether the same entry may have extended attributes. */
  mayHaveAttributes(): boolean {
    return mayHaveAttributes(this.#path);
  }

  #word(index: number): number {
    return this.#words[index] ?? 0;
  }

  /** Whether it fits. */
  #write(directory: string, name: string): boolean {
    if (directory !== this.#directory) {
      this.#directory = '';
      if (directory.length + 2 > longestPath || directory === '') return false;
      this.#nameAt = this.#path.write(directory, 0, 'latin1');
      if (!directory.endsWith('/')) this.#path[this.#nameAt++] = 0x2f;
      this.#directory = directory;
    }
    const end = this.#nameAt + name.length;
    if (end >= longestPath) return false;
    this.#path.write(name, this.#nameAt, 'latin1');
    this.#path[end] = 0;
    return true;
  }
}
