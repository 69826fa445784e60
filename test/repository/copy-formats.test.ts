import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { verifyCopies } from '#repository/copying/verify.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { kopiaBrowsable } from '#repository/kopia/browsing/browsable.ts';
import { kopiaEnd } from '#repository/kopia/copying/end.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { openLocation } from '#storage/locations.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { type Hozon, hozonOn } from './hozon.ts';
import { quicken } from './quick-repository.ts';
import { factsOf } from './same-trees.ts';
import { writeSampleTree } from './sample-tree.ts';

const password = 'of all of them';
let directory: string;
let source: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-copy-formats-'));
  source = join(directory, 'source');
  await writeSampleTree(source);
});
after(() => rm(directory, { recursive: true }));

interface Repository<Stock> {
  readonly place: string;
  readonly hozon: Hozon;
  readonly stock: Stock;
}

async function newRestic(name: string): Promise<Repository<Restic>> {
  const place = join(directory, name);
  const hozon = hozonOn(place, password);
  await hozon.run(['init']);
  await quicken(new FilesystemStore(place), password);
  return { place, hozon, stock: await stockRestic({ repository: place, password, version: 'new' }) };
}

async function newKopia(name: string, choices: readonly string[] = []): Promise<Repository<Kopia>> {
  const place = join(directory, name);
  const hozon = hozonOn(place, password);
  await hozon.run(['init', '--format', 'kopia', '--owner', 'keeper@elsewhere', ...choices]);
  const identity = { username: 'someone', hostname: 'somewhere' };
  const stock = await stockKopia({ storage: { path: place }, password, identity });
  await stock.connect();
  return { place, hozon, stock };
}

interface Listed {
  readonly status: string;
  readonly source: string;
  readonly id?: string;
}

async function copied(
  { hozon }: { readonly hozon: Hozon },
  from: string,
  ...flags: string[]
): Promise<Listed[]> {
  const env = { RESTIC_FROM_PASSWORD: password };
  const out = await hozon.run(['copy', '--from-repo', from, ...flags, '-o', 'json'], { env });
  return (JSON.parse(out) as { readonly items: Listed[] }).items;
}

const statuses = (items: readonly Listed[]): string[] => items.map(({ status }) => status);

/** Of each entry below the root what both formats hold; kopia restores directories and links with other times. */
async function heldFacts(root: string): Promise<Map<string, object>> {
  const facts = [...(await factsOf(root))].filter(([path]) => path !== '');
  return new Map(
    facts.map(([path, { type, mode, uid, gid, mtime, content, target }]) => {
      const time = content === undefined ? {} : { mtime };
      return [path, { type, mode, uid, gid, content, target, ...time }];
    }),
  );
}

async function bytesIn(place: string): Promise<number> {
  const files = await readdir(place, { recursive: true, withFileTypes: true });
  const sizes = files.filter(each => each.isFile()).map(each => stat(join(each.parentPath, each.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

interface Snapshot {
  readonly id: string;
  readonly time: string;
  readonly hostname: string;
  readonly username: string;
  readonly paths: readonly string[];
  readonly tags?: readonly string[];
}

interface KopiaSnapshot {
  readonly description: string;
  readonly pins: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

test("kopia's history becomes one of restic's, and what follows is added to it", async () => {
  const from = await newKopia('kopia-from');
  await using kopia = from.stock;
  const to = await newRestic('restic-to');
  await using restic = to.stock;
  await kopia.run([
    'snapshot',
    'create',
    source,
    '--tags',
    'env:prod',
    '--pin',
    'audit',
    '--description',
    'one',
  ]);
  await writeFile(join(source, 'changing'), randomBytes(200_000));
  await kopia.run(['snapshot', 'create', source]);

  const first = await copied(to, from.place, '--verify');
  assert.deepEqual(statuses(first), ['copied', 'copied']);
  await restic.run(['check', '--read-data']);
  const theirs = (await kopia.json(['snapshot', 'list', '--all'])) as { startTime: string }[];
  const [one, two] = JSON.parse(await restic.run(['snapshots', '--json'])) as Snapshot[];
  assert.deepEqual(
    [one, two].map(each => Date.parse(each?.time ?? '')),
    theirs.map(({ startTime }) => Date.parse(startTime)),
  );
  assert.deepEqual([one?.hostname, one?.username, one?.paths], ['somewhere', 'someone', [source]]);
  assert.deepEqual(one?.tags, ['env:prod', 'kopia-description:one', 'kopia-pin:audit']);
  const [ofKopia, ofRestic] = [join(directory, 'by-kopia'), join(directory, 'by-restic')];
  await kopia.run(['snapshot', 'restore', first[1]?.source ?? '', ofKopia]);
  await restic.run(['restore', `${two?.id}:${source}`, '--target', ofRestic]);
  assert.deepEqual(await heldFacts(ofRestic), await heldFacts(ofKopia));

  await writeFile(join(source, 'changing'), randomBytes(200_000));
  await kopia.run(['snapshot', 'create', source]);
  const size = await bytesIn(to.place);
  assert.deepEqual(statuses(await copied(to, from.place)), ['present', 'present', 'copied']);
  assert.ok((await bytesIn(to.place)) - size < 300_000);
  await restic.run(['check', '--read-data']);
});

test("restic's history becomes one of kopia's, and is known when it comes back", async () => {
  const from = await newRestic('restic-from');
  await using restic = from.stock;
  const to = await newKopia('kopia-to');
  await using kopia = to.stock;
  await restic.run(['backup', source, '--host', 'one', '--tag', 'nightly,env:prod']);
  await restic.run(['backup', 'deep', 'large', '--host', 'two'], { cwd: source });
  // what kopia itself, going by time and size, would not see
  const sly = join(source, 'zeros');
  const { atime, mtime } = await stat(sly);
  await writeFile(sly, randomBytes(3_000_000));
  await utimes(sly, atime, mtime);
  await restic.run(['backup', source, '--host', 'one', '--force', '--ignore-ctime']);

  const size = await bytesIn(to.place);
  const dry = await to.hozon.end(['copy', '--from-repo', from.place, '--dry-run'], {
    env: { RESTIC_FROM_PASSWORD: password },
  });
  assert.match(dry.err, /names that are no UTF-8 are replaced \(entries: 2, the first one is .*not UTF-8/);
  assert.match(dry.err, /several paths become/);
  assert.equal(await bytesIn(to.place), size);

  const made = await copied(to, from.place, '--verify');
  assert.deepEqual(statuses(made), ['copied', 'copied', 'copied']);
  await kopia.run(['snapshot', 'verify', '--verify-files-percent', '100']);
  await kopia.run(['content', 'verify', '--full']);
  const listed = JSON.parse(await to.hozon.run(['snapshots', '-o', 'json'])) as { items: Snapshot[] };
  const [one, two] = listed.items;
  assert.deepEqual([one?.hostname, one?.paths, two?.paths], ['one', [source], [source]]);
  assert.ok(['nightly', 'env:prod'].every(tag => one?.tags?.includes(tag)));
  const contents = await Promise.all(
    [made[0], made[2]].map(async (copy, at) => {
      const target = join(directory, `sly-${at}`);
      await kopia.run(['snapshot', 'restore', copy?.id ?? '', target]);
      return readFile(join(target, 'zeros'));
    }),
  );
  assert.ok(contents[0]?.every(byte => byte === 0));
  assert.ok(contents[1]?.equals(await readFile(sly)));

  assert.deepEqual(statuses(await copied(from, to.place)), ['present', 'present', 'present']);
  const back = await newRestic('restic-back');
  await using again = back.stock;
  assert.deepEqual(statuses(await copied(back, to.place, '--verify')), ['copied', 'copied', 'copied']);
  await again.run(['check', '--read-data']);
  const outline = async (restic: Restic): Promise<object[]> =>
    (JSON.parse(await restic.run(['snapshots', '--json'])) as Snapshot[]).map(each => ({
      time: Date.parse(each.time),
      tags: each.tags,
      paths: each.paths,
      host: each.hostname,
    }));
  assert.deepEqual(await outline(again), await outline(restic));
});

test('between kopia repositories that are made otherwise, and what differs is found', async () => {
  const from = await newKopia('kopia-one');
  await using one = from.stock;
  const choices = ['--hash', 'BLAKE3-256', '--encryption', 'CHACHA20-POLY1305-HMAC-SHA256'];
  const to = await newKopia('kopia-two', [...choices, '--splitter', 'DYNAMIC-1M-BUZHASH']);
  await using two = to.stock;
  await one.run([
    'snapshot',
    'create',
    source,
    '--tags',
    'env:prod',
    '--pin',
    'audit',
    '--description',
    'one',
  ]);
  await writeFile(join(source, 'changing'), randomBytes(100_000));
  await one.run(['snapshot', 'create', source]);
  const [first] = await copied({ hozon: to.hozon }, from.place, 'latest');
  assert.equal(first?.status, 'copied');
  assert.deepEqual(statuses(await copied(to, from.place, '--verify')), ['copied', 'present']);
  await two.run(['snapshot', 'verify', '--verify-files-percent', '100']);
  const [kept] = (await two.json(['snapshot', 'list', '--all'])) as KopiaSnapshot[];
  assert.deepEqual([kept?.description, kept?.pins, kept?.tags['tag:env']], ['one', ['audit'], 'prod']);

  const store = await openLocation({ url: `file://${to.place}` });
  const repository = await loadContents(await openKopia(store, { password: Buffer.from(password) }));
  const end = await kopiaEnd(repository, kopiaBrowsable(repository));
  const [older, newer] = end.snapshots;
  assert.ok(older !== undefined && newer !== undefined);
  const landing = { canHold: () => true, named: <T>(entries: readonly T[]) => entries };
  const differences = await verifyCopies(end, end, [{ source: older, copy: newer }], { landing });
  assert.deepEqual(
    differences.filter(({ path }) => path === 'changing').map(({ what }) => what),
    ['metadata', 'content'],
  );
  await store.close();
});
