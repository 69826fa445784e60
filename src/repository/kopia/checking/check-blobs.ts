import { forEachConcurrent } from '#foundation/concurrency.ts';
import { type Message, say } from '#foundation/language.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import { type CheckFinding, damageOf, fileFinding } from '../../checking/check-finding.ts';
import { Fault } from '../../format/fault.ts';
import type { BlobInfo } from '../access/blobs.ts';

import type { IndexedKopia } from '../access/indexed.ts';
import { naming } from '../access/naming.ts';

import { readSealedBlob } from '../access/sealed-blobs.ts';
import { deletionWatermark, epochMarker, parseEpochBlob } from '../format/epoch-names.ts';
import { reasons } from '../format/reasons.ts';
import { readSession } from '../format/session.ts';
import { readSchedule } from '../upkeep/maintenance-state.ts';

/** What is done to see whether a blob is whole; nothing where it is no blob of a kopia repository. */
type Look = (repository: IndexedKopia, blob: BlobInfo, options: StoreOptions) => Promise<unknown>;

const atOnce = 8;

/**
 * What is wrong with every blob that is no pack: those that are sealed as a whole are opened, those that only their names say something
 * with are compared. Indexes that are in use were read when the repository was loaded.
 */
export async function checkBlobs(
  repository: IndexedKopia,
  blobs: readonly BlobInfo[],
  options: StoreOptions,
): Promise<readonly CheckFinding[]> {
  const inUse = new Set(repository.epoch.indexBlobs.map(({ id }) => id));
  const findings: CheckFinding[] = [];
  await forEachConcurrent(
    blobs.filter(({ id }) => !inUse.has(id)),
    atOnce,
    async blob => {
      const look = lookFor(blob.id);
      if (look === undefined) findings.push({ kind: 'unused', file: blob.id, text: foreign });
      else {
        const finding = await findingOf(blob.id, () => look(repository, blob, options));
        if (finding !== undefined) findings.push(finding);
      }
    },
  );
  return findings.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function placeOf(finding: CheckFinding): string {
  return finding.kind === 'path' ? finding.path : finding.file;
}

/** What looking at a blob finds wrong. */
export async function findingOf(
  file: string,
  look: () => Promise<unknown>,
): Promise<CheckFinding | undefined> {
  try {
    await look();
    return undefined;
  } catch (thrown) {
    return fileFinding(file, damageOf(thrown));
  }
}

/** By the beginnings of names; the first that fits counts. Packs are looked at elsewhere. */
const looks: readonly (readonly [RegExp, Look])[] = [
  [/^[pq][0-9a-f]{32}/, async () => {}],
  [/^kopia\.(?:repository|blobcfg)$/, async () => {}], // read when it was opened
  [/^hozon\.blobcfg$/, async () => {}], // an interrupted change of the password left it
  [/^kopia\.maintenance$/, (repository, _, options) => readSchedule(repository, options)],
  [/^kopia\.repository\.backup\./, async () => {}],
  [/^udmrepo\.Repository$/, async () => {}],
  [/^\.storageconfig$/, async () => {}],
  [/^s[0-9a-f]/, lookAtSession],
  [/^_log_/, (repository, { id }, options) => readSealedBlob(repository, id, options)],
  [/^xe\d+$/, lookAtText],
  [/^xw\d+$/, lookAtText],
  [/^x[nsr]\d/, lookAtIndex],
  [/^[nml]/, lookAtIndex],
];

function lookFor(id: string): Look | undefined {
  return looks.find(([pattern]) => pattern.test(id))?.[1];
}

async function lookAtSession(
  repository: IndexedKopia,
  { id }: BlobInfo,
  options: StoreOptions,
): Promise<void> {
  const plain = await readSealedBlob(repository, id, options);
  await naming(repository.store, id, async () => readSession(plain));
}

/** Sealed as a whole, and named by its hash. */
async function lookAtIndex(repository: IndexedKopia, { id }: BlobInfo, options: StoreOptions): Promise<void> {
  const plain = await readSealedBlob(repository, id, options);
  await naming(repository.store, id, async () => {
    if (!id.includes(repository.hash(plain).toString('hex'))) throw new Fault(reasons.notAuthentic);
  });
}

/** Markers of epochs and of deletion hold the same text each, and readers only look at their names. */
async function lookAtText(
  { blobs, store }: IndexedKopia,
  { id }: BlobInfo,
  options: StoreOptions,
): Promise<void> {
  const parsed = parseEpochBlob(id);
  const expected =
    parsed?.kind === 'marker'
      ? epochMarker(parsed.epoch)
      : deletionWatermark(parsed?.kind === 'watermark' ? parsed.seconds : 0);
  const bytes = await blobs.get(id, { ...options, limit: 1024 });
  await naming(store, id, async () => {
    if (!bytes.equals(expected.bytes)) throw new Fault(otherMarker);
  });
}

const otherMarker = say('it holds other bytes than every marker does', 'マーカーの内容が正しくありません');

const foreign: Message = {
  en: () => 'it is no blob of the repository',
  ja: () => 'リポジトリーのブロブではありません',
};
