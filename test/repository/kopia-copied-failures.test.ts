import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#foundation/clock.ts';
import { copyPlanned, planCopy } from '#repository/copying/copy.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { snapshotKopiaTree } from '#repository/kopia/backup/snapshot-tree.ts';
import { kopiaBrowsable } from '#repository/kopia/browsing/browsable.ts';
import { kopiaEnd } from '#repository/kopia/copying/end.ts';
import { kopiaLanding } from '#repository/kopia/copying/landing.ts';
import { policiesFor } from '#repository/kopia/policies/stored-policies.ts';
import type { Entry } from '#repository/trees/entry.ts';
import type { SourceEvent, TreeSource } from '#repository/trees/source.ts';
import { DatedStore, identity, makeKopia, openedKopia } from './kopia-history.ts';

const unknown = { inode: 0n, device: 0n, links: 1n, attributes: [] };
const times = { mtime: 1n, atime: 1n, ctime: 1n };

function entry(path: string, type: Entry['type'], size = 0): Entry {
  return { path: Buffer.from(path), type, mode: 0o755, uid: 0, gid: 0, ...times, ...unknown, size };
}

/** A directory in a directory, of which one of two files cannot be read. */
function torn(): TreeSource {
  const error: NodeJS.ErrnoException = Object.assign(new Error('EACCES: no'), { code: 'EACCES' });
  const body = (async function* () {
    yield Buffer.from('content');
  })();
  const events: readonly SourceEvent[] = [
    { kind: 'entry', entry: entry('', 'dir') },
    { kind: 'entry', entry: entry('below', 'dir') },
    { kind: 'entry', entry: entry('below/file', 'file', 7), content: { kind: 'stream', body } },
    { kind: 'failed', path: Buffer.from('below/secret'), error },
    { kind: 'left', path: Buffer.from('below') },
  ];
  return {
    roots: [Buffer.from('/torn')],
    async *events() {
      yield events;
    },
  };
}

test('what a snapshot says it lacks, its copy says too', async () => {
  const [from, to] = [new DatedStore(systemClock), new DatedStore(systemClock)];
  for (const store of [from, to]) await makeKopia(store);
  const repository = await openedKopia(from);
  const source = { host: 'h', userName: 'u', path: '/torn' };
  const policies = policiesFor(await loadManifests(repository, {}), source);
  const given = { source, policies, previous: [], clock: systemClock, identity };
  const taken = await snapshotKopiaTree(repository, torn(), given);
  const expected = taken.snapshot.rootEntry?.summary;
  assert.deepEqual([expected?.failed, expected?.errors.length], [1, 1]);
  const [there, target] = [await openedKopia(from), await openedKopia(to)];
  const end = await kopiaEnd(there, kopiaBrowsable(there), {});
  await using landing = kopiaLanding(target, { clock: systemClock, identity });
  const ends = { landing, present: new Map<string, string>() };
  const plan = await planCopy(end, ends, end.snapshots);
  await Array.fromAsync(copyPlanned(end, ends, plan));
  const [copy] = await listKopiaSnapshots(await openedKopia(to));
  assert.deepEqual(copy?.snapshot.rootEntry?.summary, expected);
  assert.equal(copy?.snapshot.stats.errorCount, 1);
});
