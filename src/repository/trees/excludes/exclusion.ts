import { type BigIntStats, lstatSync } from 'node:fs';
import { posix } from 'node:path';
import { type BytePath, pathBytes } from '../byte-path.ts';
import { cacheMark, type Mark, MarkedDirectories, type MarkFailure, readMark } from './marked-directories.ts';
import { type PatternList, patternList } from './patterns.ts';

/** What is left out of a tree, with the meanings of `restic backup`'s options of these names. */
export interface Excludes {
  /** `--exclude`, and behind them the lines of `--exclude-file`. */
  readonly patterns?: readonly Buffer[] | undefined;
  /** `--iexclude`, `--iexclude-file`. */
  readonly patternsIgnoringCase?: readonly Buffer[] | undefined;
  /** `--exclude-if-present`: `FILE[:header]`. */
  readonly ifPresent?: readonly Buffer[] | undefined;
  /** `--exclude-caches`. */
  readonly caches?: boolean | undefined;
  /** `--exclude-larger-than`, in bytes. */
  readonly largerThan?: number | undefined;
  /** `--one-file-system`: mount points are stored, not what is mounted there. */
  readonly oneFileSystem?: boolean | undefined;
}

/** {@link Excludes} that were found to be well-formed. */
export interface ExcludeRules {
  readonly lists: readonly PatternList[];
  readonly marks: readonly Mark[];
  readonly largerThan: number;
  readonly oneFileSystem: boolean;
}

/** @throws `repository.bad-pattern`, `repository.bad-mark` */
export function excludeRules(excludes: Excludes): ExcludeRules {
  const { patterns = [], patternsIgnoringCase = [], ifPresent = [] } = excludes;
  const { largerThan = Number.POSITIVE_INFINITY, caches = false, oneFileSystem = false } = excludes;
  const lists = [patternList(patternsIgnoringCase, { ignoreCase: true }), patternList(patterns)];
  const given = [patternsIgnoringCase, patterns];
  return {
    lists: lists.filter((_, index) => given[index]?.length !== 0),
    marks: [...ifPresent.map(readMark), ...(caches ? [cacheMark] : [])],
    largerThan,
    oneFileSystem,
  };
}

/** Whether an {@link Exclusion} by these rules leaves out nothing at all. */
export function excludesNothing({ lists, marks, largerThan, oneFileSystem }: ExcludeRules): boolean {
  const isLimited = largerThan !== Number.POSITIVE_INFINITY || oneFileSystem;
  return lists.length === 0 && marks.length === 0 && !isLimited;
}

export interface ExclusionOptions {
  /** The devices of the targets, by their absolute paths. */
  readonly devices: ReadonlyMap<BytePath, bigint>;
  readonly failure: MarkFailure;
}

/** Decides for one walk what is left out; of what is, nothing below is looked at. Paths are absolute. */
export class Exclusion {
  readonly #rules: ExcludeRules;
  readonly #marked: MarkedDirectories;
  readonly #devices: ReadonlyMap<BytePath, bigint>;

  constructor(rules: ExcludeRules, { devices, failure }: ExclusionOptions) {
    this.#rules = rules;
    this.#marked = new MarkedDirectories(rules.marks, failure);
    this.#devices = devices;
  }

  /** Before an entry is looked at. */
  byName(path: BytePath): boolean {
    return this.#rules.lists.some(list => list.matches(path));
  }

  /** When it has been. */
  byNature(path: BytePath, stat: BigIntStats): boolean {
    const { largerThan, oneFileSystem } = this.#rules;
    if (oneFileSystem && this.#isElsewhere(path, stat)) return true;
    if (!stat.isDirectory() && stat.size > largerThan) return true;
    return this.#marked.hold(path);
  }

  #isElsewhere(path: BytePath, stat: BigIntStats): boolean {
    if (this.#isAtHome(path, stat)) return false;
    return !stat.isDirectory() || !this.#isMountPoint(path);
  }

  /** Another file system's root, on one that is stored. */
  #isMountPoint(path: BytePath): boolean {
    const above = posix.dirname(path);
    const stat = lstatSync(pathBytes(above), { bigint: true, throwIfNoEntry: false });
    return stat !== undefined && this.#isAtHome(above, stat);
  }

  /** Whether it is on the device of the nearest target at or above it. */
  #isAtHome(path: BytePath, { dev }: BigIntStats): boolean {
    for (let above = path; ; above = posix.dirname(above)) {
      const device = this.#devices.get(above);
      if (device !== undefined) return device === dev;
      if (above === '/') return false;
    }
  }
}
