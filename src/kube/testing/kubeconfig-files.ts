import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { stringify } from 'yaml';
import type { Clock } from '#foundation/clock.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { type KubeconfigOptions, loadKubeconfig } from '../kubeconfig/kubeconfig.ts';

/** A directory of a test file's own, which goes away with its tests. */
export interface TestDirectory {
  path(name: string): string;
  /** Writes a file; an object as YAML. Resolves to its path. */
  write(name: string, content: string | object): Promise<string>;
}

/** Makes the directory before the tests of the file that calls this. */
export function testDirectory(): TestDirectory {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'hozon-kubeconfig-'));
  });
  after(() => rm(directory, { recursive: true, maxRetries: 5 })); // a plugin that was stopped may still write
  return {
    path: name => path.join(directory, name),
    async write(name, content) {
      const file = path.join(directory, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, typeof content === 'string' ? content : stringify(content));
      return file;
    },
  };
}

/** A kubeconfig of one context, `main`. */
export function kubeconfigOf(cluster: object, user: object): object {
  return {
    'current-context': 'main',
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'main', context: { cluster: 'c', user: 'u' } }],
  };
}

/** Loads a kubeconfig as if nothing else were on this machine. */
export function loadAlone(options: KubeconfigOptions): Promise<ClusterConnection> {
  return loadKubeconfig({
    env: {},
    home: '/nonexistent',
    serviceAccountDirectory: '/nonexistent',
    ...options,
  });
}

/** A clock whose hand the test moves. */
export function manualClock(): Clock & { advance(milliseconds: number): void } {
  let at = 0;
  return {
    now: () => new Date(Date.UTC(2030, 0, 1) + at),
    monotonic: () => at,
    sleep: () => Promise.resolve(),
    advance: milliseconds => {
      at += milliseconds;
    },
  };
}
