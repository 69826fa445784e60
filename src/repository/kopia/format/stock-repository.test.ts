import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Fault } from '../../format/fault.ts';
import { type Json, writeJson } from '../../format/go-json.ts';
import { contentIdWith, contentKey, contentPrefix } from './content-id.ts';
import { readDirectory, writeDirectory } from './directory.ts';
import { contentHasher } from './hashing.ts';
import { buildIndex, buildSortedIndex, parseIndex } from './index.ts';
import { openSchedule, readMaintenance, sealSchedule, writeMaintenance } from './maintenance-blob.ts';
import { type ManifestEntry, readManifestContent, writeManifestContent } from './manifest-content.ts';
import { readPostamble, readReplica } from './pack.ts';
import { readPolicy, writePolicy } from './policy.ts';
import {
  openBlobConfig,
  openFormat,
  openFormatWith,
  readFormatBlob,
  sealBlobConfig,
  sealFormat,
} from './repository-format.ts';
import { readSnapshotManifest, snapshotLabels, writeSnapshotManifest } from './snapshot-manifest.ts';
import {
  entriesOf,
  fixturePassword,
  plainContents,
  plainIndexes,
  type RepositoryFixture,
  repositoryFixture,
} from './testing/fixtures.ts';

const repositories = {
  version1: await repositoryFixture('version1'),
  version3: await repositoryFixture('version3'),
} as const;

for (const [name, repository] of Object.entries(repositories)) {
  test(`${name}: the format blob is written again as kopia wrote it`, () => {
    const { formatBlob, format, formatKey } = repository;
    const again = sealFormat(formatBlob, format, formatKey);
    assert.equal(withoutSealed(again), withoutSealed(blobOf(repository, 'kopia.repository')));
    const reopened = openFormatWith(readFormatBlob(again), formatKey);
    assert.deepEqual(reopened, format);
    assert.equal(reopened && writeJson(reopened.document), writeJson(format.document));
  });

  test(`${name}: retention and schedule are read and written`, () => {
    const { formatBlob, formatKey } = repository;
    const none = { retentionMode: '', retentionPeriod: 0n };
    assert.deepEqual(openBlobConfig(formatBlob, blobOf(repository, 'kopia.blobcfg'), formatKey), none);
    const locked = { retentionMode: 'COMPLIANCE', retentionPeriod: 31_536_000_000_000_000n };
    assert.deepEqual(
      openBlobConfig(formatBlob, sealBlobConfig(formatBlob, locked, formatKey), formatKey),
      locked,
    );
    const keys = { ...repository, uniqueId: formatBlob.uniqueId };
    const schedule = openSchedule(blobOf(repository, 'kopia.maintenance'), keys);
    assert.ok(schedule.runs['snapshot-gc']?.every(run => run.success && run.end >= run.start));
    assert.deepEqual(openSchedule(sealSchedule(schedule, keys), keys), schedule);
  });

  test(`${name}: indexes are built again byte for byte`, () => {
    const hash = contentHasher(repository.format);
    let count = 0;
    for (const [id, plain] of plainIndexes(repository)) {
      const index = parseIndex(plain, repository.sealer.overhead);
      const entries = entriesOf(index);
      count += entries.length;
      const built = buildIndex(entries.toReversed(), index.version);
      assert.ok(plain.subarray(0, built.length).equals(built));
      assert.ok(buildSortedIndex(index, index.version).equals(built));
      assert.ok([0, 32].includes(plain.length - built.length), 'nothing but a suffix may follow');
      for (const entry of entries) assert.deepEqual(index.entry(index.find(contentKey(entry.id))), entry);
      assert.ok(id.includes(hash?.(plain).toString('hex') ?? '-'));
    }
    assert.ok(count >= 10);
  });

  test(`${name}: packs tell their own index and hold a copy of the format blob where they should`, () => {
    for (const [id, bytes] of repository.blobs) {
      if (!/^[pq]/.test(id)) continue;
      const place = readPostamble(bytes.subarray(-8192)) ?? assert.fail('no postamble');
      const sealed = bytes.subarray(place.offset, place.offset + place.length);
      const index = parseIndex(repository.sealer.open(sealed, place.iv), repository.sealer.overhead);
      assert.ok(entriesOf(index).every(entry => entry.pack === id));
      const replica = readReplica(bytes.subarray(0, 65536));
      const expected = name === 'version1' ? blobOf(repository, 'kopia.repository') : undefined;
      assert.deepEqual(replica, expected);
    }
  });

  test(`${name}: contents are what their names say, and their documents are written again as they were`, () => {
    const hash = contentHasher(repository.format) ?? assert.fail();
    const seen = new Set<string>();
    for (const [{ id, original }, plain] of plainContents(repository)) {
      assert.equal(plain.length, original);
      assert.equal(contentIdWith(contentPrefix(id), hash(plain)), id);
      seen.add(contentPrefix(id));
      if (id.startsWith('k')) {
        const { entries, summary } = readDirectory(plain);
        assert.equal(writeDirectory(entries.toReversed(), summary).toString(), plain.toString());
      }
      if (id.startsWith('m')) checkManifests(plain);
    }
    assert.deepEqual([...seen].sort(), ['', 'k', 'm']);
  });
}

test('another password opens nothing', async () => {
  assert.equal(await openFormat(repositories.version3.formatBlob, `${fixturePassword}!`), undefined);
});

test('the versions differ as they should', () => {
  const [old, recent] = [repositories.version1.format, repositories.version3.format];
  assert.deepEqual([old.version, old.indexVersion, old.enablePasswordChange], [1, 1, false]);
  assert.deepEqual([recent.version, recent.indexVersion, recent.enablePasswordChange], [3, 2, true]);
  assert.equal(recent.epochParameters.minDuration, 86_400_000_000_000n);
});

test('a format keeps what is not known in it', () => {
  const { formatBlob, format, formatKey } = repositories.version3;
  const document = { ...format.document, newMember: { deep: [1] } };
  const sealed = sealFormat(formatBlob, { ...format, document, maxPackSize: 1 << 24 }, formatKey);
  const opened = openFormatWith(readFormatBlob(sealed), formatKey);
  assert.deepEqual(opened?.document['newMember'], { deep: [1] });
  assert.equal(opened?.maxPackSize, 1 << 24);
});

test('what is no format blob is refused', () => {
  for (const text of ['', '{}', '[]', 'null', '{"uniqueID":"AAAA","encryption":"ROT13"}', '{"uniqueID":7}']) {
    assert.throws(() => readFormatBlob(Buffer.from(text)), Fault, text);
  }
});

function checkManifests(plain: Buffer): void {
  const manifests = readManifestContent(plain);
  assert.equal(gunzipSync(writeManifestContent(manifests)).toString(), gunzipSync(plain).toString());
  for (const manifest of manifests) {
    if (!manifest.deleted) assert.equal(writeJson(rewritten(manifest)), writeJson(manifest.data ?? null));
  }
}

function rewritten({ labels, data }: ManifestEntry): Json {
  if (labels['type'] === 'policy') return writePolicy(readPolicy(data));
  if (labels['type'] === 'maintenance') return writeMaintenance(readMaintenance(data));
  const snapshot = readSnapshotManifest(data);
  assert.deepEqual(snapshotLabels(snapshot), labels);
  return writeSnapshotManifest(snapshot);
}

function blobOf({ blobs }: RepositoryFixture, id: string): Buffer {
  return blobs.get(id) ?? assert.fail(`no ${id}`);
}

function withoutSealed(formatBlob: Buffer): string {
  return formatBlob.toString().replace(/"encryptedBlockFormat": "[^"]*"/, '');
}
