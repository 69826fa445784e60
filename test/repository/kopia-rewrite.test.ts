import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { hozonOn } from './hozon.ts';
import { kopiaPassword } from './kopia-programs.ts';

let directory: string;
let original: string;
let source: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-rewrite-'));
  [original, source] = [join(directory, 'original'), join(directory, 'source')];
  await mkdir(original, { mode: 0o700 });
  await mkdir(join(source, 'below/it'), { recursive: true });
  await mkdir(join(source, 'emptied'));
  await mkdir(join(source, 'whole'));
  await using kopia = await on(original);
  await kopia.create();
  for (const number of [1, 2]) {
    await writeFile(join(source, 'a key.secret'), `secret ${number}`);
    await writeFile(join(source, 'below/it/other.secret'), 'another');
    await writeFile(join(source, 'below/it/plain'), `plain ${number}`);
    await writeFile(join(source, 'emptied/only.secret'), 'only');
    await writeFile(join(source, 'whole/file'), 'stays');
    await kopia.run(['snapshot', 'create', source, '--pin=audit', '--tags=made:by-kopia']);
  }
});
after(() => rm(directory, { recursive: true }));

function on(place: string): Promise<Kopia> {
  return stockKopia({ storage: { path: place }, password: kopiaPassword });
}

interface Listed {
  readonly id: string;
  readonly startTime: string;
  readonly rootEntry: { readonly obj: string };
  readonly source: { readonly host: string };
  readonly tags?: Readonly<Record<string, string>>;
  readonly pins?: readonly string[];
}

async function listed(kopia: Kopia): Promise<readonly Listed[]> {
  return (await kopia.json(['snapshot', 'list', '--all'])) as readonly Listed[];
}

interface Copied extends AsyncDisposable {
  readonly kopia: Kopia;
  readonly place: string;
  /** `hozon repo rewrite`, and what it says of each snapshot. */
  readonly rewrite: (words: readonly string[]) => Promise<readonly Rewritten[]>;
}

interface Rewritten {
  readonly source: string;
  readonly id?: string;
  readonly changed: boolean;
  readonly excluded: number;
}

/** A copy of the repository of its own. */
async function copied(name: string): Promise<Copied> {
  const place = join(directory, name);
  await cp(original, place, { recursive: true });
  const kopia = await on(place);
  await kopia.connect();
  const rewrite = async (words: readonly string[]): Promise<readonly Rewritten[]> => {
    const out = await hozonOn(place, kopiaPassword).run(['rewrite', ...words, '-o', 'json']);
    return (JSON.parse(out) as { items: readonly Rewritten[] }).items;
  };
  return { kopia, place, rewrite, [Symbol.asyncDispose]: () => kopia[Symbol.asyncDispose]() };
}

test('files are taken out of all snapshots as kopia does it itself, and all the rest is restored', async () => {
  await using ours = await copied('ours');
  await using theirs = await copied('theirs');
  const before = await listed(ours.kopia);
  const rewritten = await ours.rewrite(['--exclude', '*.secret', '--forget']);
  await theirs.kopia.run(['snapshot', 'fix', 'remove-files', '--filename=*.secret', '--commit']);
  const [own, expected] = [await listed(ours.kopia), await listed(theirs.kopia)];
  assert.deepEqual(
    own.map(each => each.rootEntry),
    expected.map(each => each.rootEntry),
  );
  assert.deepEqual(
    own.map(({ startTime, pins, tags }) => ({ startTime, pins, tags })),
    before.map(({ startTime, pins, tags }) => ({ startTime, pins, tags })),
  );
  assert.deepEqual(
    rewritten.map(({ id, excluded }) => [id, excluded]),
    own.map(({ id }) => [id, 3]),
  );
  await ours.kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
  const target = join(directory, 'restored');
  await ours.kopia.run(['snapshot', 'restore', own.at(-1)?.id ?? '', target]);
  const names = (await readdir(target, { recursive: true })).sort();
  assert.deepEqual(names, ['below', 'below/it', 'below/it/plain', 'emptied', 'whole', 'whole/file']);
  assert.equal(await readFile(join(target, 'below/it/plain'), 'utf8'), 'plain 2');
});

test('one file of one snapshot is taken out by its path; a dry run says so and writes nothing', async () => {
  await using ours = await copied('path');
  const blobs = await readdir(ours.place, { recursive: true });
  const words = ['latest', '--exclude', '/below/it/other.secret'];
  const [planned] = await ours.rewrite([...words, '--dry-run']);
  assert.deepEqual([planned?.changed, planned?.excluded, planned?.id], [true, 1, undefined]);
  assert.deepEqual(await readdir(ours.place, { recursive: true }), blobs);
  const [done, ...others] = await ours.rewrite(words);
  assert.deepEqual(others, []);
  const all = await listed(ours.kopia);
  assert.equal(all.length, 3);
  const made = all.find(({ id }) => id === done?.id);
  assert.deepEqual(made?.tags, { 'tag:made': 'by-kopia', 'tag:rewrite-of': done?.source });
  const files = await ours.kopia.run(['list', '--recursive', made?.rootEntry.obj ?? '']);
  assert.deepEqual([/other\.secret/.test(files), /a key\.secret/.test(files)], [false, true]);
  await ours.kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
});

test('what has an object is taken out wherever it is; maintenance then frees it', async () => {
  await using ours = await copied('object');
  const [first] = await listed(ours.kopia);
  const entry = await ours.kopia.run(['list', '--long', '--recursive', first?.rootEntry.obj ?? '']);
  const object = /\s([0-9a-f]{32})\s.*other\.secret/.exec(entry)?.[1] ?? '';
  assert.equal(await ours.kopia.run(['show', object]), 'another');
  const rewritten = await ours.rewrite(['--object-id', object, '--forget']);
  assert.deepEqual(
    rewritten.map(({ excluded }) => excluded),
    [1, 1],
  );
  await ours.kopia.run(['maintenance', 'run', '--full', '--safety=none']);
  const contents = await ours.kopia.run(['content', 'list']);
  assert.ok(!contents.includes(object), contents);
  await ours.kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
});

test('host and time are changed, and a snapshot of which nothing is to be taken out stays as it is', async () => {
  await using ours = await copied('host');
  const before = await listed(ours.kopia);
  const unchanged = await ours.rewrite(['--exclude', 'nothing is called so', '--forget']);
  assert.deepEqual(
    unchanged.map(({ changed }) => changed),
    [false, false],
  );
  assert.deepEqual(await listed(ours.kopia), before);
  await ours.rewrite(['latest', '--new-host', 'elsewhere', '--new-time', '2026-01-31T12:00:00Z', '--forget']);
  const moved = (await listed(ours.kopia)).find(each => each.source.host === 'elsewhere');
  assert.equal(moved?.startTime, '2026-01-31T12:00:00Z');
  assert.deepEqual(moved?.rootEntry, before.at(-1)?.rootEntry);
});

/** A copy of the repository with one of Velero's snapshots. */
async function withVelero(name: string): Promise<Copied & { readonly velero: Listed }> {
  const ours = await copied(name);
  await ours.kopia.run(['snapshot', 'create', source, '--pin=velero-pin', '--pin=audit']);
  const velero = (await listed(ours.kopia)).find(({ pins = [] }) => pins.includes('velero-pin'));
  assert.ok(velero !== undefined);
  return { ...ours, velero };
}

async function pinsOf(kopia: Kopia, wanted: string | undefined): Promise<readonly string[] | undefined> {
  return (await listed(kopia)).find(({ id }) => id === wanted)?.pins;
}

test("one of Velero's snapshots loses its id only where that is said", async () => {
  await using ours = await withVelero('velero');
  const { kopia, velero } = ours;
  const before = await listed(kopia);
  const { end } = hozonOn(ours.place, kopiaPassword);
  for (const chosen of [[], ['latest'], [velero.id]]) {
    const refused = await end(['rewrite', ...chosen, '--exclude', '*.secret', '--forget']);
    assert.equal(refused.code, 2);
    assert.match(refused.err, new RegExp(`${velero.id}.*snapshot-of-velero`, 's'));
  }
  assert.deepEqual(await listed(kopia), before);
  const words = ['--new-host', 'elsewhere', '--forget', '--unsafe-allow-velero'];
  const [done] = await ours.rewrite([velero.id, ...words]);
  assert.equal(await pinsOf(kopia, velero.id), undefined);
  assert.deepEqual(await pinsOf(kopia, done?.id), velero.pins);
});

test("what is rewritten beside one of Velero's snapshots does not have its pin", async () => {
  await using ours = await withVelero('beside-velero');
  const { kopia, velero } = ours;
  const [beside] = await ours.rewrite([velero.id.slice(0, 12), '--exclude', '*.secret']);
  assert.deepEqual(await pinsOf(kopia, velero.id), velero.pins);
  assert.deepEqual(await pinsOf(kopia, beside?.id), ['audit']);
});

test('without anything to change, and with flags of restic, nothing is touched', async () => {
  const { end } = hozonOn(original, kopiaPassword);
  const nothing = await end(['rewrite']);
  assert.equal(nothing.code, 2);
  assert.match(nothing.err, /--object-id/);
  const summary = await end(['rewrite', '--snapshot-summary']);
  assert.equal(summary.code, 2);
  assert.match(summary.err, /--snapshot-summary/);
});
