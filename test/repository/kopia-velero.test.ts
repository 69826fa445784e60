import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary } from '#testbed/binaries.ts';
import { stockKopia } from '#testbed/kopia.ts';
import { runOk } from '#testbed/processes.ts';
import { type Hozon, hozonOn } from './hozon.ts';
import { factsOf } from './same-trees.ts';
import { writeSampleTree } from './sample-tree.ts';

/** What Velero itself takes where nobody has made its Secret. */
const password = 'static-passw0rd';
let directory: string;
let volume: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-velero-'));
  volume = join(directory, 'volume');
  await writeSampleTree(volume);
  await rm(Buffer.concat([Buffer.from(`${volume}/not UTF-8 `), Buffer.of(0xff, 0xfe)]));
});
after(() => rm(directory, { recursive: true }));

/** Velero's own repository service and uploader, of 1.18.3, on a repository in a directory. */
async function veleroOn(place: string) {
  const program = await binary('velero-volumes');
  const work = await mkdtemp(join(directory, 'work-'));
  const env = { REPOSITORY_PASSWORD: password, HOME: work };
  return async (command: string, ...args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await runOk([program, command, place, work, ...args], { env })) as Record<string, unknown>;
}

interface Place {
  readonly hozon: Hozon;
  /** Of the repository. */
  readonly place: string;
}

/** What a storage location holds of a namespace. */
function inLocation(name: string, namespace: string): Place {
  const location = join(directory, name);
  const hozon = hozonOn('', '');
  const repo = ['--repo', `velero:file://${location}/prefix/${namespace}`];
  const place = join(location, 'prefix', 'kopia', namespace);
  return {
    place,
    hozon: {
      run: (command, options) => hozon.run([...command, ...repo], options),
      end: (command, options) => hozon.end([...command, ...repo], options),
    },
  };
}

interface Snapshot {
  readonly id: string;
  readonly paths: readonly string[];
  readonly hostname: string;
  readonly username: string;
  readonly tags: readonly string[];
  readonly pins?: readonly string[];
  readonly description: string;
}

async function snapshotsIn({ hozon }: Place): Promise<Snapshot[]> {
  return (JSON.parse(await hozon.run(['snapshots', '-o', 'json'])) as { items: Snapshot[] }).items;
}

/** What is the same in a snapshot of Velero's and in one made like it. */
function alike({ paths, hostname, username, tags, pins, description }: Snapshot): object {
  return { paths, hostname, username, tags: tags.toSorted(), pins, description };
}

async function documentOf({ hozon }: Place, id: string): Promise<Record<string, Record<string, unknown>>> {
  return JSON.parse(await hozon.run(['cat', 'snapshot', id])) as Record<string, Record<string, unknown>>;
}

test('Velero finds a repository that was made for it ready, restores from it and goes on from its snapshots', async () => {
  const place = inLocation('made-here', 'shop');
  await place.hozon.run(['init']);
  const velero = await veleroOn(place.place);
  assert.deepEqual(await velero('ready'), { ready: true });
  await place.hozon.run(['snapshot', volume, '--volume', 'web-0/data']);
  const [ours] = await snapshotsIn(place);
  assert.ok(ours !== undefined);

  const restored = join(directory, 'restored');
  await velero('restore', ours.id, restored);
  assert.deepEqual([...(await factsOf(restored)).keys()].length, (await factsOf(volume)).size);
  assert.ok((await readFile(join(restored, 'large'))).equals(await readFile(join(volume, 'large'))));

  await velero('backup', volume, 'snapshot-pod-volume', 'shop/web-0/data');
  const [, theirs] = await snapshotsIn(place);
  assert.ok(theirs !== undefined);
  assert.deepEqual(alike(theirs), alike(ours));
  const { stats } = await documentOf(place, theirs.id);
  // its parent was ours: nothing had to be read
  assert.deepEqual([stats?.['nonCachedFiles'], Number(stats?.['cachedFiles']) > 0], [0, true]);

  await velero('maintain');
  await using kopia = await stockKopia({
    storage: { path: place.place },
    password,
    identity: { username: 'default', hostname: 'default' },
  });
  await kopia.connect();
  await kopia.run(['snapshot', 'verify', '--verify-files-percent', '100']);
  const { owner } = (await kopia.json(['maintenance', 'info'])) as { owner: string };
  assert.equal(owner, 'default@default');
});

test('what Velero made is gone on with, and keeps what Velero wrote', async () => {
  const place = inLocation('made-there', 'shop');
  await mkdir(place.place, { recursive: true });
  const velero = await veleroOn(place.place);
  await velero('init');
  await velero('backup', volume, 'snapshot-data-upload-download', 'shop/claim');
  const before = await policyIn(place);
  await appendFile(join(volume, 'changed here'), 'more');
  await place.hozon.run(['snapshot', volume, '--volume', 'claim']);
  const [theirs, ours] = await snapshotsIn(place);
  assert.ok(theirs !== undefined && ours !== undefined);
  assert.deepEqual(alike(ours), alike(theirs));
  const { stats } = await documentOf(place, ours.id);
  assert.equal(stats?.['nonCachedFiles'], 1);
  assert.equal(await policyIn(place), before);

  await writeFile(join(volume, 'changed there'), 'more');
  await velero('backup', volume, 'snapshot-data-upload-download', 'shop/claim');
  const [, , last] = await snapshotsIn(place);
  const document = await documentOf(place, last?.id ?? '');
  assert.equal(document['stats']?.['nonCachedFiles'], 1);
  await place.hozon.run(['check', '--read-data']);
});

/** The policy of the volume, byte for byte. */
async function policyIn({ place }: Place): Promise<string> {
  await using kopia = await stockKopia({
    storage: { path: place },
    password,
    identity: { username: 'default', hostname: 'default' },
  });
  await kopia.connect();
  const manifests = (await kopia.json(['manifest', 'list', '--filter=type:policy'])) as { id: string }[];
  assert.equal(manifests.length, 1);
  const shown = await kopia.run(['manifest', 'show', manifests[0]?.id ?? '']);
  return shown.slice(shown.indexOf('{'));
}

test('what would take from a snapshot the id by which Velero names it is refused unless it is allowed', async () => {
  const place = inLocation('named', 'shop');
  await mkdir(place.place, { recursive: true });
  const velero = await veleroOn(place.place);
  await velero('init');
  await velero('backup', volume, 'snapshot-data-upload-download', 'shop/claim');
  const [theirs] = await snapshotsIn(place);
  assert.ok(theirs !== undefined);
  const { id } = theirs;
  for (const command of [
    ['tag', '--add', 'checked:yes', id],
    ['tag', '--set', 'checked:yes'],
    ['pin', '--remove', 'velero-pin', 'latest'],
    ['rewrite', '--new-host', 'elsewhere', '--forget', id],
    ['forget', id.slice(0, 9), '--confirm'],
  ]) {
    const { code, err } = await place.hozon.end(command);
    assert.equal(code, 2, err);
    assert.match(err, new RegExp(`${id}.*repository.snapshot-of-velero`, 's'));
  }
  await place.hozon.run(['tag', '--remove', 'nobody has it', id]); // changes nothing
  await place.hozon.run(['forget', '--keep-within', '1h', '--confirm']);
  assert.deepEqual(await snapshotsIn(place), [theirs]);
  await velero('restore', id, join(directory, 'restored-by-its-id'));

  await place.hozon.run(['pin', '--remove', 'velero-pin', id, '--unsafe-allow-velero']);
  const [unpinned] = await snapshotsIn(place);
  assert.notEqual(unpinned?.id, id);
  await writeFile(join(volume, 'newer'), 'than the one that is not pinned');
  await place.hozon.run(['snapshot', volume, '--volume', 'claim']);
  const kept = await place.hozon.run(['forget', '--keep-last', '1', '--confirm', '-o', 'json']);
  assert.match(kept, /"velero"/);
  assert.equal((await snapshotsIn(place)).length, 2);
  await place.hozon.run(['forget', '--keep-last', '1', '--confirm', '--unsafe-allow-velero']);
  const left = await snapshotsIn(place);
  assert.deepEqual([left.length, left[0]?.pins], [1, ['velero-pin']]);
});

test("a damaged snapshot of Velero's is mended beside it, and replaced only where that is allowed", async () => {
  const place = inLocation('damaged', 'shop');
  await place.hozon.run(['init']);
  const small = join(directory, 'small');
  await mkdir(small);
  await writeFile(join(small, 'file'), 'what will be lost');
  await place.hozon.run(['snapshot', small, '--volume', 'claim']);
  const [theirs] = await snapshotsIn(place);
  const files = await readdir(place.place, { recursive: true });
  const packs = files.filter(file => /^p.*\.f$/.test(file));
  assert.ok(theirs !== undefined && packs.length > 0, files.join());
  for (const pack of packs) await rm(join(place.place, pack));
  const refused = await place.hozon.end(['repair', 'snapshots', '--forget']);
  assert.deepEqual([refused.code, /snapshot-of-velero/.test(refused.err)], [2, true]);
  assert.deepEqual(await snapshotsIn(place), [theirs]);
  await place.hozon.run(['repair', 'snapshots', theirs.id]);
  const pins = (await snapshotsIn(place)).map(({ pins }) => (pins ?? []).join());
  assert.deepEqual(pins.sort(), ['', 'velero-pin']);
  await place.hozon.run(['repair', 'snapshots', theirs.id, '--forget', '--unsafe-allow-velero']);
  const left = await snapshotsIn(place);
  assert.ok(left.length === 2 && !left.some(({ id }) => id === theirs.id), JSON.stringify(left));
});

test('what is no volume, or no repository of Velero, is refused', async () => {
  const place = inLocation('refused', 'shop');
  await place.hozon.run(['init']);
  const { code, err } = await place.hozon.end(['snapshot', volume, '--volume', 'a/b/c']);
  assert.deepEqual([code, /POD\/VOLUME/.test(err)], [2, true]);
  const tagged = await place.hozon.end(['snapshot', volume, '--volume', 'claim', '--tag', 'a:b']);
  assert.match(tagged.err, /--volume, --tag/);
  const chosen = await place.hozon.end(['init', '--hash', 'BLAKE3-256']);
  assert.match(chosen.err, /--hash/);
});
