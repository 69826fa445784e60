import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '#foundation/clock.ts';
import { ownIdentity } from '#repository/kopia/access/identity.ts';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { type KopiaTreeSnapshot, snapshotKopiaTree } from '#repository/kopia/backup/snapshot-tree.ts';
import { openKopiaPipeline } from '#repository/kopia/pipeline/pipeline-writer.ts';
import { ignoreTreeOf } from '#repository/kopia/policies/policy-tree.ts';
import { policiesFor } from '#repository/kopia/policies/stored-policies.ts';
import { kopiaWalkingSource } from '#repository/kopia/walking/walking-source.ts';
import type { FileToStore, KopiaWriter, StoredObject } from '#repository/kopia/writing/kopia-writer.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { throttled } from '#storage/throttled.ts';
import { binary } from '#testbed/binaries.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { hozonOn } from './hozon.ts';
import { kopiaPassword } from './kopia-programs.ts';

const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
/** A file of so many bytes is read by several threads, into several packs. */
const largeSize = 100_000_000;
/** What comes first of a stream, and what comes later. Bytes. */
const [first, rest] = [20_000_000, 12_000_000];

let directory: string;
let place: string;
let kopia: Kopia;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-checkpoints-'));
  place = join(directory, 'repository');
  await mkdir(place, { mode: 0o700 });
  kopia = await stockKopia({ storage: { path: place }, password: kopiaPassword });
  await kopia.create();
});
after(async () => {
  await kopia[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

interface Entry {
  readonly name: string;
  readonly size?: number;
  readonly obj: string;
}

interface Listed {
  readonly id: string;
  readonly incomplete?: string;
  readonly rootEntry: Entry;
  readonly stats: { readonly cachedFiles: number; readonly nonCachedFiles: number };
}

/** What the real kopia lists of a source. */
async function listed(source: string): Promise<readonly Listed[]> {
  return (await kopia.json(['snapshot', 'list', source, '--all', '--incomplete'])) as readonly Listed[];
}

/** Waits until the real kopia lists a checkpoint of a source that holds something of a file called `name`. */
async function checkpointed(source: string, name: string, child: ChildProcess): Promise<Listed> {
  for (;;) {
    for (const each of await listed(source)) {
      const found = [each.rootEntry, ...(await filesIn(each))];
      const isIt = (entry: Entry): boolean =>
        entry.name.startsWith(`.checkpointed.${name}.`) && (entry.size ?? 0) > 0;
      if (each.incomplete === 'checkpoint' && found.some(isIt)) return each;
    }
    assert.equal(child.exitCode, null, 'the program ended before there was a checkpoint');
    await delay(100);
  }
}

async function filesIn({ rootEntry: { obj } }: Listed): Promise<readonly Entry[]> {
  if (!obj.startsWith('k')) return [];
  const { entries } = JSON.parse(await kopia.run(['show', obj])) as { entries: readonly Entry[] | null };
  return entries ?? [];
}

/** Bytes of contents of files that the repository has. */
async function stored(): Promise<number> {
  const contents = (await kopia.json(['content', 'list', '--non-prefixed'])) as readonly {
    readonly originalLength: number;
  }[];
  return contents.reduce((sum, { originalLength }) => sum + originalLength, 0);
}

/** `hozon repo snapshot` as a process of its own, which makes a checkpoint several times a second. */
function hozonSnapshots(words: readonly string[]): ChildProcess {
  const flags = ['--checkpoint-interval', '200ms', '--progress', 'none'];
  return spawn(process.execPath, [main, 'repo', 'snapshot', ...words, ...flags], {
    env: { PATH: process.env['PATH'] ?? '', RESTIC_REPOSITORY: place, RESTIC_PASSWORD: kopiaPassword },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

/** The same by the real kopia, which stores slowly. */
async function kopiaSnapshots(root: string): Promise<ChildProcess> {
  await kopia.run(['repository', 'throttle', 'set', '--upload-bytes-per-second=2000000']);
  return spawn(await binary('kopia'), ['snapshot', 'create', root, '--checkpoint-interval=200ms'], {
    env: {
      HOME: kopia.directory,
      KOPIA_CONFIG_PATH: join(kopia.directory, 'repository.config'),
      KOPIA_LOG_DIR: join(kopia.directory, 'logs'),
      KOPIA_PASSWORD: kopiaPassword,
    },
    stdio: 'ignore',
  });
}

async function kill(child: ChildProcess): Promise<void> {
  assert.equal(child.exitCode, null, 'the program ended before it was killed');
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function directoryWith(name: string): Promise<string> {
  const root = join(directory, name);
  await mkdir(root);
  await writeFile(join(root, 'a small one'), name);
  await writeFile(join(root, 'large'), randomBytes(largeSize));
  return root;
}

/** A snapshot that makes checkpoints all the time while it stores slowly; `ended` is told of each that holds something of a large file. */
async function withCheckpoints(
  root: string,
  ended: () => void,
  signal?: AbortSignal,
): Promise<KopiaTreeSnapshot> {
  const store = throttled(new FilesystemStore(place), { upload: 20_000_000 });
  const repository = await loadContents(await openKopia(store, { password: Buffer.from(kopiaPassword) }));
  const { username: userName, hostname: host } = ownIdentity();
  const source = { host, userName, path: root };
  const policies = policiesFor(await loadManifests(repository), source);
  await using tree = kopiaWalkingSource(Buffer.from(root), { rules: ignoreTreeOf(policies) });
  const more = { previous: [], clock: systemClock, checkpointEvery: 1, signal };
  return snapshotKopiaTree(repository, tree, {
    ...more,
    source,
    policies,
    openWriter: async (...given) => tellingWriter(await openKopiaPipeline(...given), ended),
  });
}

/** A writer that calls `ended` after it has flushed what is stored of files that have not ended. */
function tellingWriter(writer: KopiaWriter, ended: () => void): KopiaWriter {
  let isHeld = false;
  const watched = ({ onHeld, ...file }: FileToStore): FileToStore => {
    if (onHeld === undefined) return file;
    const tell = (soFar: StoredObject): void => {
      isHeld = true;
      onHeld(soFar);
    };
    return { ...file, onHeld: tell };
  };
  return {
    content: (...given) => writer.content(...given),
    object: (...given) => writer.object(...given),
    files: files => writer.files(files.map(watched)),
    remove: id => writer.remove(id),
    has: id => writer.has(id),
    get totals() {
      return writer.totals;
    },
    hold: options => writer.hold(options),
    flush: async options => {
      await writer.flush(options);
      if (isHeld) ended();
      isHeld = false;
    },
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}

test('a large file that is being stored when the process dies is in a checkpoint, from which kopia goes on', async () => {
  const root = await directoryWith('ours');
  const stop = new AbortController();
  await assert.rejects(
    withCheckpoints(root, () => stop.abort(), stop.signal),
    { name: 'AbortError' },
  );
  const [incomplete, ...others] = await listed(root);
  assert.equal(incomplete?.incomplete, 'checkpoint');
  assert.deepEqual(others, []);
  const unfinished = (await filesIn(incomplete)).find(({ name }) => name.startsWith('.checkpointed.large.'));
  assert.ok((unfinished?.size ?? 0) > 0, JSON.stringify(unfinished));
  await kopia.run(['snapshot', 'verify', incomplete.id, '--verify-files-percent=100']);
  const before = await stored();
  assert.ok(before > 0 && before < largeSize, `${before}`);
  await kopia.run(['snapshot', 'create', root]);
  const taken = (await listed(root)).at(-1);
  assert.equal(taken?.stats.cachedFiles, 1);
  assert.equal(await stored(), largeSize + Buffer.byteLength('ours'));
  assert.equal((await filesIn(taken)).length, 2);
});

test('a file that is held again and again is cut and stored as one that is not', async () => {
  const root = await directoryWith('held');
  let times = 0;
  const taken = await withCheckpoints(root, () => times++);
  assert.ok(times > 0);
  await kopia.run(['snapshot', 'verify', taken.id ?? '', '--verify-files-percent=100']);
  await kopia.run(['snapshot', 'create', root, '--force-hash=100']);
  const all = await listed(root);
  assert.deepEqual(
    all.map(each => [each.incomplete, each.rootEntry.obj]),
    [0, 1].map(() => [undefined, taken.snapshot.rootEntry?.object]),
  );
});

test('a stream that has not ended when the process dies is in a checkpoint, and what comes again is not stored again', async () => {
  const bytes = randomBytes(first + rest);
  const known = await stored();
  const child = hozonSnapshots(['--stdin', '--stdin-filename', '/dump.sql']);
  await new Promise(taken => child.stdin?.write(bytes.subarray(0, first), taken)); // else killing it breaks the pipe
  const { rootEntry } = await checkpointed('/dump.sql', 'dump.sql', child);
  await kill(child);
  const before = await stored();
  assert.ok(before - known >= (rootEntry.size ?? 0), `${before - known}`);
  await hozonOn(place, kopiaPassword).run(['snapshot', '--stdin', '--stdin-filename', '/dump.sql'], {
    stdin: bytes,
  });
  assert.equal(await stored(), known + bytes.length);
  const [whole, ...others] = await listed('/dump.sql');
  assert.deepEqual([whole?.incomplete, others], [undefined, []]);
});

test('Hozon goes on from a checkpoint that kopia left, and takes it away with its own whole snapshot', async () => {
  const root = await directoryWith('theirs');
  const known = await stored();
  const child = await kopiaSnapshots(root);
  await checkpointed(root, 'large', child);
  await kill(child);
  await kopia.run(['repository', 'throttle', 'set', '--upload-bytes-per-second=unlimited']);
  assert.ok((await stored()) > known);
  const hozon = hozonOn(place, kopiaPassword);
  const taken = JSON.parse(await hozon.run(['snapshot', root, '-o', 'json'])) as Listed;
  assert.equal(taken.stats.cachedFiles, 1);
  assert.equal(await stored(), known + largeSize + Buffer.byteLength('theirs'));
  assert.deepEqual(
    (await listed(root)).map(({ id }) => id),
    [taken.id],
  );
  await kopia.run(['snapshot', 'verify', taken.id, '--verify-files-percent=100']);
});

test('a file that is as it was leaves nothing behind, with checkpoints on the way and without', async () => {
  const root = join(directory, 'same');
  await writeFile(root, randomBytes(1_000_000));
  const words = ['snapshot', root, '--skip-if-unchanged'];
  const { run } = hozonOn(place, kopiaPassword);
  await run(words);
  const [before, known] = [await listed(root), await sessions()];
  for (const flags of [[], ['--checkpoint-interval', '1ms']]) {
    await run([...words, ...flags]);
    assert.deepEqual(await sessions(), known);
  }
  assert.deepEqual(await listed(root), before);
  assert.equal(before.length, 1);
});

/** The markers of those who write. */
async function sessions(): Promise<readonly string[]> {
  return (await readdir(place, { recursive: true })).filter(blob => /^s.*\.f$/.test(blob));
}

test('an interval that kopia would not take is refused before anything is read', async () => {
  for (const given of ['0s', '46m']) {
    const command = ['snapshot', directory, '--checkpoint-interval', given];
    const { code, err } = await hozonOn(place, kopiaPassword).end(command);
    assert.equal(code, 2);
    assert.match(err, /--checkpoint-interval/);
  }
});
