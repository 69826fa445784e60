import type { IndexFile } from '../format/index.ts';
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
  const packs = Uint32Array.from({ length: file.packCount }, (_, pack) =>
    index.packNumberOf(file.packName(pack)),
  );
  const formOf = formNumbers(index, file);
  const row = new Uint32Array(wordsPerContent);
  for (let entry = 0; entry < file.count; entry++) {
    row[timestampWord] = file.timestampOf(entry);
    row[offsetWord] = file.offsetOf(entry) | (file.isDeleted(entry) ? deletedBit : 0);
    row[lengthWord] = file.lengthOf(entry);
    row[originalWord] = file.originalOf(entry);
    row[packWord] = (packs[file.packOf(entry)] ?? 0) * 256 + formOf(entry);
    index.addRow(file.bytes, file.keyAt(entry), row);
  }
}

/** The number that the form of an entry has in the table: asked for once for each of the few forms there are. */
function formNumbers(index: ContentIndex, file: IndexFile): (entry: number) => number {
  const known = new Map<number, number>();
  return entry => {
    const [compression, formatVersion] = [file.compressionOf(entry), file.formatVersionOf(entry)];
    const form = compression * 256 + formatVersion;
    const number = known.get(form);
    if (number !== undefined) return number;
    const added = index.formNumberOf({ compression, formatVersion });
    known.set(form, added);
    return added;
  };
}
