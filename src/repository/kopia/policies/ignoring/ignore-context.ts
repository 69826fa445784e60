import type { BytePath } from '../../../trees/byte-path.ts';
import type { FileRules } from './ignore-tree.ts';
import { ignores } from './match.ts';
import { type IgnorePattern, readPattern } from './pattern.ts';
import { runesOf } from './runes.ts';

/** An entry of a directory, as rules look at it. */
export interface Judged {
  /** From the root of the snapshot, with a `/` before it. */
  readonly path: BytePath;
  readonly isDirectory: boolean;
  /** Bytes: 0 of a directory, its length of a symlink. */
  readonly size: bigint;
  readonly device: bigint;
  /** The device of the directory that it is in. */
  readonly deviceAbove: bigint;
}

/** The rules that hold in a directory: its own, after those of the directories above it. Kept for all below that have none of their own. */
export class IgnoreContext {
  /** Names of files with rules, where no policy below says otherwise. */
  readonly dotIgnoreFiles: readonly BytePath[];
  readonly #above: IgnoreContext | undefined;
  readonly #patterns: readonly IgnorePattern[];
  readonly #maxFileSize: bigint;
  readonly #oneFileSystem: boolean;
  /** Whether there is any, here or above. */
  readonly #hasPatterns: boolean;

  private constructor(
    above: IgnoreContext | undefined,
    own: Pick<FileRules, 'dotIgnoreFiles' | 'maxFileSize' | 'oneFileSystem'>,
    patterns: readonly IgnorePattern[],
  ) {
    this.#above = above;
    this.#patterns = patterns;
    this.#hasPatterns = patterns.length > 0 || (above !== undefined && above.#hasPatterns);
    this.#maxFileSize = own.maxFileSize;
    this.#oneFileSystem = own.oneFileSystem;
    this.dotIgnoreFiles = own.dotIgnoreFiles;
  }

  /** No rules at all. */
  static readonly none = new IgnoreContext(
    undefined,
    { dotIgnoreFiles: [], maxFileSize: 0n, oneFileSystem: false },
    [],
  );

  /**
   * The rules of a directory below.
   *
   * @param base its path from the root of the snapshot, with a `/` before it; empty for the root
   * @throws PatternFault
   */
  below(
    base: BytePath,
    rules: FileRules | undefined,
    files: readonly (readonly BytePath[])[],
  ): IgnoreContext {
    if (rules === undefined && files.length === 0) return this;
    const listed = files.flat().map(line => readPattern(line, base));
    if (rules === undefined) {
      const same = { maxFileSize: this.#maxFileSize, oneFileSystem: this.#oneFileSystem };
      return new IgnoreContext(this, { ...same, dotIgnoreFiles: this.dotIgnoreFiles }, listed);
    }
    const { maxFileSize, oneFileSystem, dotIgnoreFiles } = rules;
    const own = {
      maxFileSize: maxFileSize === 0n ? this.#maxFileSize : maxFileSize,
      oneFileSystem,
      dotIgnoreFiles: [...new Set(dotIgnoreFiles)],
    };
    return new IgnoreContext(this, own, [...rules.ignore.map(rule => readPattern(rule, base)), ...listed]);
  }

  /** Whether {@link judge} says `stored` of everything. */
  get storesAll(): boolean {
    return !this.#hasPatterns && this.#maxFileSize === 0n && !this.#oneFileSystem;
  }

  /** Whether any rule, size or file system leaves an entry out. */
  judge(entry: Judged): 'stored' | 'ignored' | 'too-large' | 'elsewhere' {
    if (this.#hasPatterns && this.#ignores(runesOf(entry.path), entry.isDirectory)) return 'ignored';
    if (this.#maxFileSize > 0n && entry.size > this.#maxFileSize) return 'too-large';
    return this.#oneFileSystem && entry.device !== entry.deviceAbove ? 'elsewhere' : 'stored';
  }

  /** Rules above come first; only negated ones can take back what was said, and only others can say it again. */
  #ignores(path: readonly number[], isDirectory: boolean): boolean {
    let ignored = this.#above !== undefined && this.#above.#ignores(path, isDirectory);
    for (const pattern of this.#patterns) {
      if (ignored === pattern.negated) ignored = ignores(pattern, path, isDirectory);
    }
    return ignored;
  }
}
