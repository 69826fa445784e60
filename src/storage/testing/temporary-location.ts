import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilesystemStore } from '../filesystem/store.ts';
import type { ObjectStore } from '../object-store.ts';
import type { ConformanceTest } from './conformance.ts';

export interface TemporaryOptions {
  readonly decorate?: (store: ObjectStore) => ObjectStore;
  /** What the decorator puts before all keys. */
  readonly keyPrefix?: string;
}

/** Runs conformance tests on directories, each new and removed afterwards. */
export function inTemporaryDirectory({ decorate = store => store, keyPrefix = '' }: TemporaryOptions = {}) {
  return async (run: ConformanceTest): Promise<void> => {
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
  const writer = new URL('./stalled-put.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [writer, root, key], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}
