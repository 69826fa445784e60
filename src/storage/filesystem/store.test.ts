import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore } from '../object-store.ts';
import { prefixed } from '../prefixed.ts';
import { retrying } from '../retrying.ts';
import { type ConformanceTest, conformance } from '../testing/conformance.ts';
import { faulty, seededFaults } from '../testing/faulty.ts';
import { FilesystemStore } from './store.ts';

type Decorate = (store: ObjectStore) => ObjectStore;

function inTemporaryDirectory(decorate: Decorate, keyPrefix = '') {
  return async (run: ConformanceTest) => {
    const parent = await mkdtemp(join(tmpdir(), 'hozon-storage-'));
    const root = join(parent, 'location');
    const open = () => decorate(new FilesystemStore(root));
    try {
      await run({
        store: open(),
        manyKeys: 300,
        reopen: async () => open(),
        leaveUnfinished: key => killedPut(root, keyPrefix + key),
      });
    } finally {
      await rm(parent, { recursive: true, force: true, maxRetries: 20 }); // what a failed test left running still writes
    }
  };
}

/** A process that is killed in the middle of a put. */
async function killedPut(root: string, key: string): Promise<void> {
  const writer = new URL('../testing/stalled-put.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [writer, root, key], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const impatient = { backoff: { attempts: 8, firstDelay: 1, maxDelay: 4 } };

conformance(
  'the filesystem store',
  inTemporaryDirectory(store => store),
);
conformance(
  'a part of a filesystem store',
  inTemporaryDirectory(store => prefixed(store, 'in/side/'), 'in/side/'),
);
conformance(
  'a retrying filesystem store',
  inTemporaryDirectory(store => retrying(store)),
);
conformance(
  'a retrying store around a faulty one',
  inTemporaryDirectory(store => retrying(faulty(store, seededFaults(20_261, 0.3)), impatient)),
);
