import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

/** A location in a temporary directory, filled as Velero fills one. */
export interface StoredLocation {
  readonly directory: string;
  readonly url: string;
  /** Writes an object; JSON where it is no text, gzip'ed where the name says so. */
  put(key: string, content: unknown): Promise<void>;
  /** Writes a backup as Velero 1.18 stores one. */
  putBackup(name: string, parts?: StoredParts): Promise<void>;
}

export interface StoredParts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, unknown>>;
}

export async function storedLocation(t: TestContext): Promise<StoredLocation> {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-location-'));
  t.after(() => rm(directory, { recursive: true }));
  const put: StoredLocation['put'] = async (key, content) => {
    const path = join(directory, key);
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(path, key.endsWith('.gz') ? gzipSync(text) : text, { mode: 0o600 });
  };
  return {
    directory,
    url: pathToFileURL(directory).href,
    put,
    putBackup: async (name, parts = {}) => {
      await put(`backups/${name}/velero-backup.json`, backupOf(name, parts));
      await put(`backups/${name}/${name}.tar.gz`, `the archive of ${name}`);
      for (const [file, content] of Object.entries(parts.files ?? {})) {
        await put(`backups/${name}/${name}-${file}`, content);
      }
    },
  };
}

function backupOf(name: string, { labels, spec, status }: StoredParts): unknown {
  return {
    kind: 'Backup',
    apiVersion: 'velero.io/v1',
    metadata: {
      name,
      namespace: 'velero',
      uid: '6f1c7f0e-0000-4000-8000-000000000001',
      creationTimestamp: '2026-01-01T03:04:05Z',
      labels: { 'velero.io/storage-location': 'default', ...labels },
    },
    spec: {
      metadata: {},
      hooks: {},
      ttl: '720h0m0s',
      storageLocation: 'default',
      csiSnapshotTimeout: '10m0s',
      ...spec,
    },
    status: {
      version: 1,
      formatVersion: '1.1.0',
      phase: 'Completed',
      startTimestamp: '2026-01-01T03:04:05Z',
      completionTimestamp: '2026-01-01T03:05:35Z',
      expiration: '2026-01-31T03:04:05Z',
      progress: { totalItems: 12, itemsBackedUp: 12 },
      hookStatus: {},
      ...status,
    },
  };
}
