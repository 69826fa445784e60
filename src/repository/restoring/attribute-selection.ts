import type { StoredEntry } from '../browsing/browsable.ts';
import { bytePath } from '../trees/byte-path.ts';
import { patternList } from '../trees/excludes/patterns.ts';
import type { Restorable } from './contents.ts';

/** Which extended attributes are restored, with the meanings of `restic restore`'s options of these names; all unless told. */
export interface AttributeOptions {
  /** `--include-xattr`: patterns of their names. */
  readonly includeAttributes?: readonly Buffer[] | undefined;
  /** `--exclude-xattr`. Not beside includes. */
  readonly excludeAttributes?: readonly Buffer[] | undefined;
}

/** Whether an attribute of that name is restored, and removed where the snapshot has none; others are left as they are. */
export type SelectAttribute = (name: string) => boolean;

/** @returns nothing where all are @throws `repository.bad-pattern` */
export function attributeSelection({
  includeAttributes = [],
  excludeAttributes = [],
}: AttributeOptions): SelectAttribute | undefined {
  const includes = patternList(includeAttributes);
  const excludes = patternList(excludeAttributes);
  if (includeAttributes.length > 0) return name => includes.matches(bytePath(Buffer.from(name)));
  if (excludeAttributes.length === 0) return undefined;
  return name => !excludes.matches(bytePath(Buffer.from(name)));
}

/** The same entries with those attributes only. */
export function withAttributes(from: Restorable, select: SelectAttribute | undefined): Restorable {
  if (select === undefined) return from;
  return {
    ...from,
    list: async (directory, options) =>
      (await from.list(directory, options)).map(entry => withSelected(entry, select)),
  };
}

/** An entry with those attributes only. */
export function withSelected(entry: StoredEntry, select: SelectAttribute | undefined): StoredEntry {
  const { described } = entry;
  if (select === undefined || described === undefined || described.attributes.length === 0) return entry;
  const attributes = described.attributes.filter(({ name }) => select(name));
  return { ...entry, described: { ...described, attributes } };
}
