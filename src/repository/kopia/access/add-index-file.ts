import type { IndexFile } from '../format/index.ts';
import { type IndexPart, type IndexRun, runOf } from '../format/index-run.ts';
import type { ContentIndex } from './content-index.ts';
import {
  deletedBit,
  lengthWord,
  offsetWord,
  originalWord,
  packWord,
  timestampWord,
  wordsPerContent,
} from './content-table.ts';

/** Takes in everything that an index says. @throws Fault where it is not what it says it is, RangeError as {@link ContentIndex.add} does */
export function addIndexFile(index: ContentIndex, file: IndexFile): void {
  addIndexRun(index, runOf(file));
}

/** {@link addIndexFile} of one that is not in memory. @throws what reading it throws, too */
export function addIndexRun(index: ContentIndex, run: IndexRun): void {
  const fill = rowFiller(index, run);
  const row = new Uint32Array(wordsPerContent);
  for (const part of run.parts()) {
    for (let entry = 0; entry < part.count; entry++) {
      fill(row, part, entry);
      index.addRow(part.bytes, part.keyAt(entry), row);
    }
  }
}

/** Fills a row with what an entry of the index says, in the numbers that packs and forms have in the table. */
export type RowFiller = (row: Uint32Array, part: IndexPart, entry: number) => void;

/** @throws RangeError as {@link ContentIndex.add} does */
export function rowFiller(
  index: Pick<ContentIndex, 'packNumberOf' | 'formNumberOf'>,
  run: Pick<IndexRun, 'packNames'>,
): RowFiller {
  const packs = Uint32Array.from(run.packNames(), pack => index.packNumberOf(pack));
  const formOf = formNumbers(index);
  return (row, part, entry) => {
    row[timestampWord] = part.timestampOf(entry);
    row[offsetWord] = part.offsetOf(entry) | (part.isDeleted(entry) ? deletedBit : 0);
    row[lengthWord] = part.lengthOf(entry);
    row[originalWord] = part.originalOf(entry);
    row[packWord] = (packs[part.packOf(entry)] ?? 0) * 256 + formOf(part, entry);
  };
}

/** The number that the form of an entry has in the table: asked for once for each of the few forms there are. */
function formNumbers(index: Pick<ContentIndex, 'formNumberOf'>): (part: IndexPart, entry: number) => number {
  const known = new Map<number, number>();
  return (part, entry) => {
    const [compression, formatVersion] = [part.compressionOf(entry), part.formatVersionOf(entry)];
    const form = compression * 256 + formatVersion;
    const number = known.get(form);
    if (number !== undefined) return number;
    const added = index.formNumberOf({ compression, formatVersion });
    known.set(form, added);
    return added;
  };
}
