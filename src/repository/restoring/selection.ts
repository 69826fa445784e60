import type { BytePath } from '../trees/byte-path.ts';
import { type PatternList, patternList } from '../trees/excludes/patterns.ts';

/** What of a snapshot is to be restored, with the meanings of `restic restore`'s options of these names. */
export interface SelectionOptions {
  /** `--include` and the lines of `--include-file`: patterns of what is restored, all unless told. */
  readonly include?: readonly Buffer[] | undefined;
  /** `--iinclude`, `--iinclude-file`. */
  readonly includeIgnoringCase?: readonly Buffer[] | undefined;
  /** `--exclude`, `--exclude-file`. Not beside includes. */
  readonly exclude?: readonly Buffer[] | undefined;
  /** `--iexclude`, `--iexclude-file`. */
  readonly excludeIgnoringCase?: readonly Buffer[] | undefined;
}

/** Whether an entry is restored, and whether anything below it may be. */
export interface Selected {
  readonly itself: boolean;
  readonly below: boolean;
}

/** Decides by an entry's absolute path below what is restored. */
export type Select = (path: BytePath) => Selected;

/** @throws `repository.bad-pattern` */
export function selectionOf(options: SelectionOptions): Select {
  const includes = listsOf(options.include, options.includeIgnoringCase);
  const excludes = listsOf(options.exclude, options.excludeIgnoringCase);
  if (includes.length > 0) {
    return path => ({
      itself: includes.some(list => list.matches(path)),
      below: includes.some(list => list.mayMatchBelow(path)),
    });
  }
  if (excludes.length === 0) return () => everything;
  return path => (excludes.some(list => list.matches(path)) ? nothing : everything);
}

const everything: Selected = { itself: true, below: true };
const nothing: Selected = { itself: false, below: false };

function listsOf(
  patterns: readonly Buffer[] = [],
  ignoringCase: readonly Buffer[] = [],
): readonly PatternList[] {
  return [
    ...(patterns.length === 0 ? [] : [patternList(patterns)]),
    ...(ignoringCase.length === 0 ? [] : [patternList(ignoringCase, { ignoreCase: true })]),
  ];
}
