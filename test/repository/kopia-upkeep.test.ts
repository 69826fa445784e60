import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { checkKopia } from '#repository/kopia/checking/check.ts';
import { snapshotLabels, writeSnapshotManifest } from '#repository/kopia/format/snapshot-manifest.ts';
import { changeManifests } from '#repository/kopia/upkeep/change-manifests.ts';
import { changeKopiaPassword } from '#repository/kopia/upkeep/change-password.ts';
import {
  pinSnapshots,
  removeKopiaSnapshots,
  tagSnapshots,
} from '#repository/kopia/upkeep/change-snapshots.ts';
import { expireByPolicies } from '#repository/kopia/upkeep/expire.ts';
import { maintainKopia } from '#repository/kopia/upkeep/maintain.ts';
import { safetyNone } from '#repository/kopia/upkeep/safety.ts';
import { localZone } from '#repository/retention/moment.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';

const password = 'p';
const identity = { username: 'u', hostname: 'h' };

let directory: string;
let original: string;
let source: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-upkeep-'));
  original = join(directory, 'original');
  source = join(directory, 'source');
  await mkdir(join(source, 'a/b'), { recursive: true });
  await using kopia = await kopiaOn(original);
  await kopia.create();
  for (let round = 0; round < 3; round++) {
    await writeFile(join(source, `a/big ${round}`), randomBytes(2_000_000));
    for (let file = 0; file < 10; file++) {
      await writeFile(
        join(source, `a/b/${file}`),
        file % 3 === 0 ? randomBytes(9000) : `text ${file} `.repeat(99),
      );
    }
    await rm(join(source, `a/big ${round - 1}`), { force: true });
    await kopia.run(['snapshot', 'create', source]);
  }
});
after(() => rm(directory, { recursive: true }));

async function kopiaOn(place: string, secret = password): Promise<Kopia> {
  return stockKopia({ storage: { path: place }, password: secret, identity });
}

/** Works on a copy of the repository, to which kopia is connected. */
async function inCopy(work: (place: string, kopia: Kopia) => Promise<void>): Promise<void> {
  const place = await mkdtemp(join(directory, 'copy-'));
  await cp(original, place, { recursive: true, preserveTimestamps: true });
  await using kopia = await kopiaOn(place);
  await kopia.connect();
  await work(place, kopia);
}

async function opened(place: string, secret = password) {
  return openKopia(new FilesystemStore(place), { password: Buffer.from(secret) });
}

/** kopia finds nothing wrong, nor do we. */
async function assertSound(place: string, kopia: Kopia): Promise<void> {
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
  await kopia.run(['content', 'verify', '--full']);
  const findings = await Array.fromAsync(checkKopia(await opened(place), { readData: true }));
  assert.deepEqual(
    findings.map(({ text }) => text.en()),
    [],
  );
}

async function bytesOf(place: string): Promise<number> {
  const names = await readdir(place, { recursive: true });
  const sizes = await Promise.all(names.map(name => stat(join(place, name))));
  return sizes.reduce((sum, info) => sum + (info.isFile() ? info.size : 0), 0);
}

test('maintenance frees what is forgotten; kopia goes on from it, and it goes on from kopia', async () => {
  await inCopy(async (place, kopia) => {
    const repository = await loadContents(await opened(place));
    const [first, second] = await listKopiaSnapshots(repository);
    await removeKopiaSnapshots(repository, [first?.id ?? '', second?.id ?? ''], { identity });
    const before = await bytesOf(place);
    const full = { mode: 'full', safety: safetyNone, identity } as const;
    const report = await maintainKopia(await opened(place), full);
    assert.deepEqual(report.tasks.map(({ task }) => task).slice(0, 4), [
      'snapshot-gc',
      'full-rewrite-contents',
      'full-drop-deleted-content',
      'full-delete-blobs',
    ]);
    await assertSound(place, kopia);
    assert.ok((await bytesOf(place)) < before * 0.45, `${await bytesOf(place)} of ${before}`);
    await writeFile(join(source, 'new'), randomBytes(1000));
    await kopia.run(['snapshot', 'create', source]);
    const { stderr } = await kopia.end(['maintenance', 'run', '--full', '--safety=none']);
    assert.match(stderr, /GC found 0 unused contents/);
    const info = (await kopia.json(['maintenance', 'info'])) as {
      schedule: { runs: Record<string, { success?: boolean }[]> };
    };
    assert.ok(info.schedule.runs['snapshot-gc']?.every(({ success }) => success === true));
    await maintainKopia(await opened(place), full);
    await maintainKopia(await opened(place), { ...full, mode: 'quick' });
    await assertSound(place, kopia);
    await kopia.run(['index', 'recover', '--dangerous-commands=enabled']);
  });
});

test('what expires and why is what kopia says', async () => {
  await inCopy(async (place, kopia) => {
    const repository = await loadContents(await opened(place));
    const [known] = await listKopiaSnapshots(repository);
    assert.ok(known !== undefined);
    const day = 86_400_000_000_000n;
    await changeManifests(repository, { identity }, async changes => {
      for (let number = 0; number < 150; number++) {
        // No two at the same time: their order would be chance.
        const back = BigInt(Math.floor(Math.random() ** 3 * 900 * 86_400)) * 1_000_000_000n + BigInt(number);
        const snapshot = {
          ...known.snapshot,
          source: { ...known.snapshot.source, path: number % 3 === 0 ? '/one' : '/two' },
          startTime: known.snapshot.startTime - back,
          endTime: known.snapshot.startTime - back + day,
          incomplete: Math.random() < 0.1 ? 'canceled' : '',
          pins: Math.random() < 0.05 ? ['pinned'] : [],
          document: undefined,
        };
        changes.put(snapshotLabels(snapshot), writeSnapshotManifest(snapshot));
      }
    });
    await kopia.run(['policy', 'set', 'u@h:/one', '--keep-latest=3', '--keep-hourly=5', '--keep-weekly=9']);
    await kopia.run(['policy', 'set', '--global', '--keep-daily=20', '--keep-annual=9', '--keep-latest=2']);
    const current = await loadContents(await opened(place));
    const manifests = await loadManifests(current);
    const snapshots = await listKopiaSnapshots(current, { manifests });
    const groups = expireByPolicies(snapshots, { manifests, zone: localZone });
    const listed = (await kopia.json([
      'snapshot',
      'list',
      '--all',
      '--incomplete',
      '--max-results=1000',
    ])) as {
      id: string;
      retentionReason?: string[];
    }[];
    const expected = new Map(listed.map(({ id, retentionReason = [] }) => [id, retentionReason]));
    for (const { snapshot, reasons } of groups.flatMap(({ keep }) => keep)) {
      const own = reasons.filter(reason => !reason.startsWith('pin: '));
      assert.deepEqual(own, expected.get(snapshot.id), snapshot.id);
    }
    await kopia.run(['snapshot', 'expire', '--all', '--delete']);
    const left = await listKopiaSnapshots(await loadContents(await opened(place)));
    const kept = groups.flatMap(({ keep }) => keep.map(({ snapshot }) => snapshot.id));
    assert.deepEqual(left.map(({ id }) => id).sort(), kept.sort());
    assert.ok(kept.length < snapshots.length && kept.length > 20, String(kept.length));
  });
});

test('pins and tags that are set are seen by kopia, and its own here', async () => {
  await inCopy(async (place, kopia) => {
    const repository = await loadContents(await opened(place));
    const snapshots = await listKopiaSnapshots(repository);
    await pinSnapshots(repository, snapshots.slice(0, 1), { add: ['ours'], remove: [] }, { identity });
    const [pinned] = await listKopiaSnapshots(repository);
    assert.ok(pinned !== undefined);
    await tagSnapshots(repository, [pinned], { add: ['name:value'], remove: [] }, { identity });
    const listed = (await kopia.json(['snapshot', 'list', '--tags=name:value', '--all'])) as {
      id: string;
      pins?: string[];
    }[];
    assert.deepEqual(
      listed.map(({ pins }) => pins),
      [['ours']],
    );
    await kopia.run(['snapshot', 'pin', '--add=theirs', '--remove=ours', listed[0]?.id ?? '']);
    const again = await listKopiaSnapshots(await loadContents(await opened(place)));
    assert.deepEqual(again[0]?.snapshot.pins, ['theirs']);
    assert.equal(again.length, 3);
    await assertSound(place, kopia);
  });
});

test('kopia opens a repository with the password that was changed, and with no other', async () => {
  await inCopy(async place => {
    await changeKopiaPassword(await opened(place), Buffer.from('another'));
    await using right = await kopiaOn(place, 'another');
    await right.connect();
    await assertRestores(right);
    await using wrong = await kopiaOn(place);
    assert.notEqual(
      (await wrong.end(['repository', 'connect', 'filesystem', `--path=${place}`])).exitCode,
      0,
    );
  });
});

async function assertRestores(kopia: Kopia): Promise<void> {
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
}
