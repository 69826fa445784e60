import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { Progress } from '#foundation/progress.ts';
import { readDirectory } from '#repository/kopia/access/directories.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { objectContents } from '#repository/kopia/access/objects.ts';
import type { OpenKopia } from '#repository/kopia/access/open.ts';
import { listKopiaSnapshots, type StoredKopiaSnapshot } from '#repository/kopia/access/snapshots.ts';
import {
  type KopiaSnapshotOptions,
  type KopiaTreeSnapshot,
  snapshotKopiaTree,
} from '#repository/kopia/backup/snapshot-tree.ts';
import type { ContentId } from '#repository/kopia/format/content-id.ts';
import type { ObjectId } from '#repository/kopia/format/object-id.ts';
import { sourceLabels } from '#repository/kopia/format/snapshot-manifest.ts';
import { plainIgnoreTree } from '#repository/kopia/policies/ignoring/ignore-tree.ts';
import { policiesFor } from '#repository/kopia/policies/stored-policies.ts';
import {
  type KopiaDirectoryOptions,
  type KopiaSource,
  kopiaDirectorySource,
} from '#repository/kopia/walking/directory-source.ts';
import { openKopiaWriter } from '#repository/kopia/writing/plain-writer.ts';
import { plainEntry } from '#repository/trees/local-entry.ts';
import {
  at,
  changes,
  everything,
  firstTime,
  kinds,
  make,
  type Node,
  nodes,
  replaced,
  stepsOfChanges,
  touch,
} from './changing-trees.ts';
import { makeNode, setAttribute } from './file-calls.ts';
import { MemoryStore } from './memory-store.ts';

/*
 * Files that are as an earlier snapshot has them are taken over in a way of their own. Whatever a tree holds, and whatever
 * has changed in it, the snapshot must be the one that comes of looking at everything.
 */

const identity = { username: 'user', hostname: 'host' };
const description = { host: identity.hostname, userName: identity.username };

let directory: string;
let open: OpenKopia;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hozon-kopia-unchanged-'));
  open = await initKopia(new MemoryStore(), {
    password: Buffer.from('secret'),
    owner: 'user@host',
    identity,
  });
});
after(() => rmSync(directory, { recursive: true }));

/** A source, and how many files it told of: those that were taken over it did not. */
interface Watched {
  readonly source: KopiaSource;
  readonly told: { files: number };
}

function followed(root: string, options: KopiaDirectoryOptions): Watched {
  const source = kopiaDirectorySource(Buffer.from(root), options);
  const told = { files: 0 };
  return {
    told,
    source: {
      roots: source.roots,
      get leftOut() {
        return source.leftOut;
      },
      events: () => assert.fail('it is to be followed'),
      follow: follower =>
        source.follow?.({
          earlier: path => follower.earlier(path),
          take: event => {
            if (event.kind === 'entry' && event.entry.type === 'file') told.files++;
            return follower.take(event);
          },
        }) ?? assert.fail('it cannot be followed'),
    },
  };
}

/** The same directory, every entry of it told. */
function told(root: string, options: KopiaDirectoryOptions): KopiaSource {
  const source = kopiaDirectorySource(Buffer.from(root), options);
  return {
    roots: source.roots,
    get leftOut() {
      return source.leftOut;
    },
    events: given => source.events(given),
  };
}

type Taking = Pick<
  Partial<KopiaSnapshotOptions>,
  'previous' | 'dryRun' | 'checkpointEvery' | 'progress' | 'signal'
>;

async function take(
  root: string,
  source: KopiaSource,
  options: Taking = {},
  opened = open,
): Promise<KopiaTreeSnapshot> {
  const repository = await loadContents(opened);
  const from = { ...description, path: root };
  return snapshotKopiaTree(repository, source, {
    source: from,
    policies: policiesFor(await loadManifests(repository), from),
    previous: [],
    clock: systemClock,
    identity,
    openWriter: openKopiaWriter,
    ...options,
  });
}

async function stored(root: string, opened = open): Promise<readonly StoredKopiaSnapshot[]> {
  const repository = await loadContents(opened);
  const labels = sourceLabels({ ...description, path: root });
  return listKopiaSnapshots(repository, { manifests: await loadManifests(repository), labels });
}

/** {@link outcome}, or what it fails with: a directory whose rules cannot be read is not stored. */
async function outcomeOf(taking: Promise<KopiaTreeSnapshot>): Promise<unknown> {
  return taking.then(outcome, (thrown: unknown) => String(thrown));
}

/** All that a snapshot says, but for its id and times. */
function outcome({ snapshot, statistics, totals, failures, findings }: KopiaTreeSnapshot): unknown {
  return {
    root: snapshot.rootEntry,
    stats: snapshot.stats,
    statistics: { ...statistics },
    contents: [totals.dataContents, totals.metadataContents],
    failures: failures.map(({ path, error }) => [path.toString('latin1'), error.message]),
    findings,
  };
}

/** Without any policy, caches are left out. */
const withCaches: KopiaDirectoryOptions = { rules: { ...plainIgnoreTree(), skipCaches: false } };

const leavingOut: readonly KopiaDirectoryOptions[] = [
  { rules: plainIgnoreTree({ ignore: ['a', '!/d/a'] }) },
  { rules: plainIgnoreTree({ maxFileSize: 10n }) },
  { excludes: { patterns: [Buffer.from('b')] } },
  { excludes: { patternsIgnoringCase: [Buffer.from('B')] } },
  { excludes: { largerThan: 7 } },
  { excludes: { ifPresent: [Buffer.from('b')] } },
  { ...withCaches, excludes: { caches: true } },
];

const rules: readonly KopiaDirectoryOptions[] = [
  {},
  withCaches,
  { excludes: {} },
  { rules: plainIgnoreTree({ oneFileSystem: true }) },
  ...leavingOut,
];

test('of any tree and any changes in it, the same snapshot as when every entry is told', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      nodes.directory,
      stepsOfChanges,
      fc.tuple(fc.constantFrom(...rules), fc.constantFrom(...rules)),
      fc.constantFrom('last', 'all'),
      async (tree, steps, [first, options], comparedWith) => {
        const root = join(directory, `tree ${run++}`);
        make(root, '', tree);
        await outcomeOf(take(root, told(root, first)));
        for (const step of steps) {
          for (const { which, kind } of step) {
            const paths = everything(root);
            const path = paths[which % Math.max(paths.length, 1)];
            if (path !== undefined) changes[kind](root, at(root, path));
          }
          const all = await stored(root);
          const previous = comparedWith === 'all' ? all : all.slice(-1);
          const expected = await outcomeOf(take(root, told(root, options), { previous, dryRun: true }));
          const found = await outcomeOf(take(root, followed(root, options).source, { previous }));
          assert.deepEqual(found, expected);
        }
        rmSync(root, { recursive: true });
      },
    ),
    { numRuns: 50 },
  );
});

test('each change alone is seen', async () => {
  for (const kind of kinds) {
    const root = join(directory, `alone ${kind}`);
    make(root, '', tree);
    await take(root, told(root, {}));
    const previous = await stored(root);
    changes[kind](root, at(root, 'd/a'));
    const expected = await take(root, told(root, {}), { previous, dryRun: true });
    const found = await take(root, followed(root, {}).source, { previous });
    assert.deepEqual(outcome(found), outcome(expected), kind);
    const isSame = found.snapshot.rootEntry?.object === previous[0]?.snapshot.rootEntry?.object;
    assert.equal(isSame, besideTheFormat.has(kind), kind);
  }
});

test('what has come to be left out is not taken over', async () => {
  for (const [index, options] of leavingOut.entries()) {
    const root = join(directory, `left out ${index}`);
    const file: Node = { type: 'file', size: 12, mode: 0o644, attribute: '' };
    const cache: Node = { type: 'directory', children: { 'CACHEDIR.TAG': file, a: file } };
    make(root, '', { type: 'directory', children: { a: file, b: file, cache } });
    const { snapshot } = await take(root, told(root, withCaches));
    const previous = await stored(root);
    const expected = await take(root, told(root, options), { previous, dryRun: true });
    const found = await take(root, followed(root, options).source, { previous });
    assert.deepEqual(outcome(found), outcome(expected), `rules ${index}`);
    assert.notEqual(found.snapshot.rootEntry?.object, snapshot.rootEntry?.object, `rules ${index}`);
  }
});

/** Linux lists no more than 64 KiB of them, but has room for more there. */
const inMemory = '/dev/shm';
const roomy = { skip: existsSync(inMemory) ? false : 'it takes a file system with room for many attributes' };

test('of a file whose attributes cannot be read it is said each time that it has some', roomy, async () => {
  const root = mkdtempSync(join(inMemory, 'hozon-kopia-unchanged-'));
  try {
    make(root, '', tree);
    for (let number = 0; number < 300; number++) {
      setAttribute(at(root, 'a'), `trusted.${String(number).padStart(240, '-')}`, Buffer.alloc(1));
    }
    await take(root, told(root, {}));
    const previous = await stored(root);
    const expected = await take(root, told(root, {}), { previous, dryRun: true });
    const watched = followed(root, {});
    const found = await take(root, watched.source, { previous });
    assert.deepEqual(outcome(found), outcome(expected));
    const { examples } = found.findings.find(({ kind }) => kind === 'attribute') ?? assert.fail('none');
    assert.deepEqual(examples, ['a']);
    assert.equal(found.snapshot.rootEntry?.object, previous[0]?.snapshot.rootEntry?.object);
    assert.equal(watched.told.files, 2, 'and that whose name is no text');
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('a directory that is in part like one earlier one and in part like another is neither', async () => {
  const root = join(directory, 'in part');
  const file: Node = { type: 'file', size: 5, mode: 0o644, attribute: '' };
  make(root, '', { type: 'directory', children: { a: file, b: file } });
  /** Written in as many letters. */
  const times = [firstTime, firstTime + 2n] as const;
  const set = (a: 0 | 1, b: 0 | 1): void => {
    touch(at(root, 'a'), times[a]);
    touch(at(root, 'b'), times[b]);
  };
  for (const which of [0, 1] as const) {
    set(which, which);
    await take(root, told(root, {}));
  }
  const earlier = await stored(root);
  const states = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const;
  for (const [a, b] of states) {
    set(a, b);
    const anew = await take(root, told(root, {}), { dryRun: true });
    for (const previous of [earlier, earlier.toReversed()]) {
      for (const source of [followed(root, {}).source, told(root, {})]) {
        const found = await take(root, source, { previous, dryRun: true });
        assert.equal(found.statistics.files.unmodified, 2);
        assert.equal(found.snapshot.rootEntry?.object, anew.snapshot.rootEntry?.object, `${a} ${b}`);
      }
    }
  }
});

test('what has become another kind of thing is seen, whatever else is as it was', async () => {
  const root = join(directory, 'kinds');
  const link = at(root, 'link');
  const fifo = at(root, 'fifo');
  const both: Node = {
    type: 'directory',
    children: {
      fifo: { type: 'file', size: 0, mode: 0o644, attribute: '' },
      link: { type: 'file', size: 1, mode: 0o777, attribute: '' },
    },
  };
  make(root, '', both);
  await take(root, told(root, {}));
  const previous = await stored(root);
  const times = [link, fifo].map(place => lstatSync(place, { bigint: true }).mtimeNs);
  replaced(link, () => symlinkSync('x', link));
  replaced(fifo, () => makeNode(fifo, 0o010644));
  for (const [index, place] of [link, fifo].entries()) touch(place, times[index]);
  const expected = await take(root, told(root, {}), { previous, dryRun: true });
  const found = await take(root, followed(root, {}).source, { previous });
  assert.deepEqual(found.statistics.files, { new: 0, changed: 0, unmodified: 0 });
  assert.equal(found.snapshot.rootEntry?.summary?.symlinks, 1);
  assert.deepEqual(outcome(found), outcome(expected));
});

/** What the format does not hold, so that a snapshot's objects are the same. */
const besideTheFormat: ReadonlySet<string> = new Set(['attribute']);

const tree: Node = {
  type: 'directory',
  children: {
    a: { type: 'file', size: 5, mode: 0o644, attribute: 'trusted.one' },
    b: { type: 'file', size: 6, mode: 0o644, attribute: '' },
    c: { type: 'symlink', target: 'a' },
    d: {
      type: 'directory',
      children: {
        a: { type: 'file', size: 7, mode: 0o644, attribute: '' },
        'x&"<': { type: 'file', size: 8, mode: 0o600, attribute: '' },
        '\xff\xfe': { type: 'file', size: 9, mode: 0o600, attribute: '' },
      },
    },
  },
};

test('nothing is told of files that are as they were, and of all others', async () => {
  const root = join(directory, 'few');
  make(root, '', tree);
  const first = followed(root, {});
  await take(root, first.source);
  assert.equal(first.told.files, 5);
  const second = followed(root, {});
  const same = await take(root, second.source, { previous: await stored(root) });
  assert.equal(second.told.files, 1, 'but of a name that is no text, as which others could be written');
  assert.deepEqual(same.statistics.files, { new: 1, changed: 0, unmodified: 4 });
  assert.deepEqual(
    same.findings.map(({ kind, examples }) => [kind, ...examples]),
    [
      ['name', 'd/\ufffd\ufffd'],
      ['attribute', 'a'],
    ],
  );
  writeFileSync(join(root, 'd/a'), 'changed');
  const third = followed(root, {});
  await take(root, third.source, { previous: (await stored(root)).slice(-1) });
  assert.equal(third.told.files, 2);
});

test('a source that is not to tell everything cannot be followed, which would', () => {
  const source = (options: KopiaDirectoryOptions): KopiaSource =>
    kopiaDirectorySource(Buffer.from(directory), options);
  assert.equal(source({ describe: plainEntry }).follow, undefined);
  assert.notEqual(source({}).follow, undefined);
});

test('of several earlier snapshots files are taken over where all have the same directory', async () => {
  const root = join(directory, 'several');
  make(root, '', { type: 'directory', children: { d: tree, e: tree } });
  for (let snapshots = 0; snapshots < 2; snapshots++) {
    touch(at(root, 'd/b'));
    await take(root, told(root, {}));
  }
  const previous = await stored(root);
  const watched = followed(root, {});
  const found = await take(root, watched.source, { previous, dryRun: true });
  assert.deepEqual(found.statistics.files, { new: 2, changed: 0, unmodified: 8 });
  assert.equal(watched.told.files, 4, 'the two in d, and those whose names are no text');
});

test('a file whose content is gone from the repository is named, and stored anew', async () => {
  const root = join(directory, 'gone');
  make(root, '', tree);
  writeFileSync(join(root, 'b'), 'nowhere else');
  writeFileSync(join(root, 'large'), randomBytes(20_000_000));
  const { snapshot } = await take(root, told(root, {}));
  const repository = await loadContents(open);
  const { entries } = await readDirectory(repository, snapshot.rootEntry?.object ?? '');
  const objectOf = (wanted: string): ObjectId => entries.find(({ name }) => name === wanted)?.object ?? '';
  const parts = await objectContents(repository, objectOf('large'));
  assert.ok(parts.length > 2);
  const whole = followed(root, {});
  await take(root, whole.source, { previous: await stored(root), dryRun: true });
  assert.equal(whole.told.files, 1, 'that whose name is no text');
  const gone = {
    b: [objectOf('b')],
    large: [objectOf('large').slice(1), ...parts.map(({ content }) => content)],
  };
  for (const [name, contents] of Object.entries(gone)) {
    for (const content of contents) await storedAnew(root, { name, content });
  }
});

/** Removes a content of a file, of which there is one snapshot more each time. */
async function storedAnew(root: string, gone: { readonly name: string; readonly content: ContentId }) {
  const repository = await loadContents(open);
  {
    await using writer = openKopiaWriter(repository, { clock: systemClock, identity });
    await writer.remove(gone.content);
    await writer.flush();
  }
  const previous = (await stored(root)).slice(-1);
  const expected = await take(root, told(root, {}), { previous, dryRun: true });
  const found = await take(root, followed(root, {}).source, { previous });
  assert.deepEqual(
    found.failures.map(({ path, error }) => [
      String(path),
      isHozonError(error, 'repository.content-missing'),
    ]),
    [[gone.name, true]],
  );
  assert.deepEqual(outcome(found), outcome(expected));
  assert.ok((await loadContents(open)).index.hasLive(gone.content));
}

test('a file whose list of contents cannot be read is named with what is wrong with it', async () => {
  const root = join(directory, 'damaged');
  const store = new MemoryStore();
  const own = await initKopia(store, { password: Buffer.from('secret'), owner: 'user@host', identity });
  make(root, '', { type: 'directory', children: {} });
  writeFileSync(join(root, 'large'), randomBytes(12_000_000));
  const { snapshot } = await take(root, told(root, {}), {}, own);
  const previous = await stored(root, own);
  const repository = await loadContents(own);
  const { entries } = await readDirectory(repository, snapshot.rootEntry?.object ?? '');
  const list = repository.index.find((entries[0]?.object ?? '').slice(1)) ?? assert.fail('no list');
  const key = repository.blobs.keyOf(list.pack);
  const bytes = Buffer.from(store.files.get(key) ?? assert.fail('no pack'));
  bytes[list.offset + 20] = (bytes[list.offset + 20] ?? 0) ^ 1;
  store.files.set(key, bytes);
  for (const source of [followed(root, {}).source, told(root, {})]) {
    const found = await take(root, source, { previous, dryRun: true }, own);
    assert.deepEqual(
      found.failures.map(({ path, error }) => [String(path), isHozonError(error, 'repository.damaged')]),
      [['large', true]],
    );
  }
});

test('with checkpoints on the way it says the same, and says how far it is', async () => {
  const root = join(directory, 'checkpoints');
  make(root, '', { type: 'directory', children: { d: tree, e: tree, Z: tree } });
  await take(root, told(root, {}));
  const previous = await stored(root);
  const last = async (source: KopiaSource, dryRun: boolean): Promise<unknown> => {
    const reports = new Map<string, unknown>();
    const progress: Progress = report => void reports.set(report.phase, report);
    const taken = await take(root, source, { previous, dryRun, checkpointEvery: 0, progress });
    return { ...(outcome(taken) as object), contents: undefined, reports: [...reports] };
  };
  const expected = await last(told(root, {}), true);
  assert.deepEqual(await last(followed(root, {}).source, false), expected);
});

test('a dry run has no checkpoints, which it could not go on from', async () => {
  const root = join(directory, 'dry');
  make(root, '', { type: 'directory', children: { d: tree, e: tree, Z: tree } });
  for (const source of [told(root, {}), followed(root, {}).source]) {
    const taken = await take(root, source, { dryRun: true, checkpointEvery: -1 });
    assert.equal(taken.totals.metadataContents, 8, 'seven directories and the manifest');
  }
  assert.deepEqual(await stored(root), []);
});

test('it ends when it is told to', async () => {
  const root = join(directory, 'aborted');
  make(root, '', tree);
  const { source } = followed(root, {});
  const reason = new Error('enough');
  const controller = new AbortController();
  const progress: Progress = () => controller.abort(reason);
  await assert.rejects(take(root, source, { signal: controller.signal, progress }), reason);
});
