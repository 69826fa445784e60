import assert from 'node:assert/strict';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { performRestore } from '#etcd/restore/perform.ts';
import { planRestore, type RestorePlan, type RestoreRequest } from '#etcd/restore/plan.ts';
import { isHozonError } from '#foundation/errors.ts';
import { startEtcdCluster } from '#testbed/etcd/cluster.ts';
import { type EtcdPrograms, etcdPrograms } from '#testbed/etcd/programs.ts';

let directory: string;
let snapshot: string;
let etcdutl: string;
let older: EtcdPrograms;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-etcd-refusals-'));
  snapshot = join(directory, 'snapshot.db');
  await using cluster = await startEtcdCluster({ members: 1 });
  for (let number = 0; number < 5; number++) await cluster.etcdctl(['put', `/registry/${number}`, 'value']);
  await cluster.etcdctl(['snapshot', 'save', snapshot]);
  etcdutl = cluster.programs.etcdutl ?? '';
  older = await etcdPrograms('3.5');
});
after(() => rm(directory, { recursive: true }));

let number = 0;

/** A request into a place of its own, which is not there. */
function request(more: Partial<RestoreRequest> = {}): RestoreRequest {
  const dataDir = join(directory, `data-${number++}`, 'etcd');
  return { snapshot, dataDir, tool: { given: etcdutl }, ...more };
}

async function planned(more: Partial<RestoreRequest> = {}): Promise<RestorePlan> {
  return planRestore(request(more));
}

function isError(name: string, text = /./): (thrown: unknown) => boolean {
  return thrown => isHozonError(thrown, `etcd.${name}`) && text.test(thrown.explain('en'));
}

async function nothingIn(plan: RestorePlan): Promise<void> {
  await assert.rejects(readdir(join(plan.dataDir, '..')), { code: 'ENOENT' });
}

/** A program that does with its words what it is told to, around the real one, as a broken or slow one would. */
async function wrapper(name: string, restoring: string): Promise<string> {
  const path = join(directory, name);
  const other = `[ "$3" = --help ] || [ "$1" = version ]`;
  await writeFile(path, `#!/bin/sh\nif ${other}; then exec '${etcdutl}' "$@"; fi\n${restoring}\n`);
  await chmod(path, 0o700);
  return path;
}

test('a log elsewhere is where it was asked for, and the rest is where it belongs', async () => {
  const walDir = join(directory, 'logs', 'wal');
  const plan = await planned({ walDir });
  await performRestore(plan);
  assert.ok((await readdir(walDir)).some(name => name.endsWith('.wal')));
  assert.deepEqual(await readdir(plan.dataDir), ['member']);
  assert.deepEqual(await readdir(join(directory, 'logs')), ['wal']);
  const again = planned({ walDir });
  await assert.rejects(again, isError('restore-exists', /logs\/wal/));
});

test('an empty directory is taken, and one that holds anything is not', async () => {
  const wanted = request();
  await mkdir(wanted.dataDir, { recursive: true });
  await performRestore(await planRestore(wanted));
  const before = await readFile(join(wanted.dataDir, 'member/snap/db'));
  await assert.rejects(planRestore(wanted), isError('restore-exists'));
  assert.deepEqual(await readFile(join(wanted.dataDir, 'member/snap/db')), before);
});

test('what came into the directory meanwhile is left alone', async () => {
  const plan = await planned();
  await mkdir(plan.dataDir, { recursive: true });
  await writeFile(join(plan.dataDir, 'other'), 'mine');
  await assert.rejects(performRestore(plan), isError('restore-exists'));
  assert.deepEqual(await readdir(plan.dataDir), ['other']);
});

test('a program that fails leaves nothing behind, and what it said is told', async () => {
  const program = await wrapper('failing', `'${etcdutl}' "$@"; echo no more room >&2; exit 3`);
  const plan = await planned({ tool: { given: program } });
  await assert.rejects(performRestore(plan), isError('restore-failed', /no more room/));
  await nothingIn(plan);
});

test('a program that makes another cluster, or other keys, is found out', async () => {
  const token = await wrapper('token', `exec '${etcdutl}' "$@" --initial-cluster-token=other`);
  const other = join(directory, 'other.db');
  await using cluster = await startEtcdCluster({ members: 1 });
  await cluster.etcdctl(['put', '/registry/0', 'another']);
  await cluster.etcdctl(['snapshot', 'save', other]);
  const keys = await wrapper('keys', `a=$1 b=$2; shift 3; exec '${etcdutl}' "$a" "$b" '${other}' "$@"`);
  for (const [program, said] of [
    [token, /the log/],
    [keys, /keys/],
  ] as const) {
    const plan = await planned({ tool: { given: program }, walDir: join(directory, 'elsewhere/wal') });
    await assert.rejects(performRestore(plan), isError('restore-differs', said));
    await nothingIn(plan);
    await assert.rejects(readdir(join(directory, 'elsewhere')), { code: 'ENOENT' });
  }
});

test('what a program makes that cannot be read is told of the program, not of the snapshot', async () => {
  const made = `'${etcdutl}' "$@" && for word; do case $word in --data-dir=*) cd "\${word#*=}/member"; esac; done`;
  for (const [name, spoilt, said] of [
    ['cut', ': >snap/db', /member\/snap\/db is not a snapshot of etcd: it is empty/],
    ['zeros', 'truncate -s 9000 snap/db', /member\/snap\/db is damaged: it ends too early/],
    ['none', 'rm snap/db', /There is no file .*member\/snap\/db/],
    ['logless', 'rm -r wal', /made no log/],
  ] as const) {
    const program = await wrapper(name, `${made} && ${spoilt}`);
    const plan = await planned({ tool: { given: program } });
    await assert.rejects(performRestore(plan), isError('restore-differs', said));
    await nothingIn(plan);
  }
});

test('ended in the middle, it leaves nothing behind', async () => {
  const mark = join(directory, 'begun');
  await mkdir(mark);
  const program = await wrapper('slow', `'${etcdutl}' "$@" && touch '${mark}/now'; exec sleep 1000`);
  const plan = await planned({ tool: { given: program } });
  const abort = new AbortController();
  const watcher = watch(mark);
  const begun = once(watcher, 'change');
  const restoring = performRestore(plan, { signal: abort.signal });
  const ended = assert.rejects(restoring, /enough/);
  await begun;
  watcher.close();
  abort.abort(new Error('enough'));
  await ended;
  await nothingIn(plan);
});

test('programs that are none, are too old, or cannot do what is asked are refused', async () => {
  const unfit = (given: string, text: RegExp, more: Partial<RestoreRequest> = {}): Promise<void> =>
    assert.rejects(planned({ ...more, tool: { given } }), isError('restore-tool-unfit', text));
  await unfit('/bin/echo', /neither/);
  await unfit((await etcdPrograms('3.6')).etcdctl, /from 3\.6 on etcdctl/);
  await unfit(older.etcdutl ?? '', /3\.5\.21.*3\.6/);
  const missing = { tool: { path: directory } };
  await assert.rejects(planned(missing), isError('restore-tool-missing', /etcdutl, etcdctl/));
  assert.equal((await planned({ tool: { path: join(etcdutl, '..') } })).tool.version, '3.6.8');
});

test('a copy of a database is taken only where that is asked for', async () => {
  const bare = join(directory, 'bare.db');
  await writeFile(bare, (await readFile(snapshot)).subarray(0, -32));
  await assert.rejects(planned({ snapshot: bare }), isError('restore-unproven'));
  const plan = await planned({ snapshot: bare, skipsHashCheck: true });
  await performRestore(plan);
  assert.deepEqual(await readdir(plan.dataDir), ['member']);
});

test('a bump and the mark that makes it known go together', async () => {
  await assert.rejects(planned({ bumpRevision: 5 }), isError('restore-bump'));
  await assert.rejects(planned({ isMarkedCompacted: true }), isError('restore-bump'));
});
