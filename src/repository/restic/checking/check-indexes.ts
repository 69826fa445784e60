import type { Message } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type CheckFinding, damageOf, fileFinding } from '../../checking/check-finding.ts';
import type { BlobIndex } from '../access/blob-index.ts';
import { keyOf } from '../access/files.ts';
import { type IndexedRepository, loadIndex } from '../access/indexed.ts';
import type { OpenRepository } from '../access/open.ts';
import { reasons } from '../format/reasons.ts';

/** The index, and what is wrong with the files that it is made of. */
export interface CheckedIndexes {
  readonly repository: IndexedRepository;
  readonly findings: readonly CheckFinding[];
}

/** Blobs from which on restic divides an index: a full one, and the longest header of a pack. */
const longestIndex = 50_000 + (16 * 1024 * 1024) / 37;

/** A pack, as one of the index files describes it. */
interface Description {
  readonly file: string;
  readonly blobs: number;
  /** Whether another file describes it, too. */
  again: boolean;
}

/** Reads every index. What cannot be read is a finding, and so are packs that several describe, or that hold data and trees. */
export async function checkIndexes(
  repository: OpenRepository,
  options: StoreOptions,
): Promise<CheckedIndexes> {
  const findings: CheckFinding[] = [];
  const packs = new Map<string, Description>();
  const lengths = new Map<string, number>();
  const indexed = await loadIndex(repository, {
    ...options,
    onDamage: (file, thrown) => findings.push(fileFinding(file, damageOf(thrown))),
    onPack: (file, pack, blobs) => {
      lengths.set(file, (lengths.get(file) ?? 0) + blobs);
      const before = packs.get(pack);
      if (before === undefined) packs.set(pack, { file, blobs, again: false });
      else before.again = true;
    },
  });
  findings.push(...describedTwice(indexed.index, packs), ...mixedPacks(indexed.index));
  for (const [file, length] of lengths) if (length > longestIndex) findings.push(untidy(file, tooLong));
  return { repository: indexed, findings };
}

/** Where the descriptions differ, there are more places together than the first one has. */
function* describedTwice(index: BlobIndex, packs: ReadonlyMap<string, Description>): Generator<CheckFinding> {
  const doubled = index.packs.map((id, pack) => ({ id, pack, first: packs.get(id) }));
  const again = doubled.filter(({ first }) => first?.again === true);
  if (again.length === 0) return;
  const entries = index.entriesByPack();
  for (const { id, pack, first } of again) {
    const file = keyOf('data', id);
    if (entries[pack]?.length === first?.blobs) yield untidy(file, severalIndexes);
    else yield { kind: 'file', file, text: reasons.indexDiffers };
  }
}

function* mixedPacks(index: BlobIndex): Generator<CheckFinding> {
  const kinds = new Uint8Array(index.packs.length);
  for (let entry = 0; entry < index.size; entry++) {
    const pack = index.packNumber(entry);
    kinds[pack] = (kinds[pack] ?? 0) | (index.isTree(entry) ? 1 : 2);
  }
  for (const [pack, id] of index.packs.entries()) {
    if (kinds[pack] === 3) yield untidy(keyOf('data', id), mixed);
  }
}

function untidy(file: string, text: Message): CheckFinding {
  return { kind: 'untidy', file, text };
}

const severalIndexes: Message = {
  en: () => 'several indexes describe it; `hozon repo repair index` tidies up',
  ja: () => '複数のインデックスに記載されています。`hozon repo repair index` で整理できます',
};
const mixed: Message = {
  en: () =>
    'it holds both data and trees, as very old versions of restic made them; `hozon repo prune` tidies up',
  ja: () =>
    'データとツリーが混在しています (非常に古い restic が作成したものです)。`hozon repo prune` で整理できます',
};
const tooLong: Message = {
  en: () => 'it describes very many blobs; `hozon repo repair index` divides it',
  ja: () => '記載されたブロブが多すぎます。`hozon repo repair index` で分割できます',
};
