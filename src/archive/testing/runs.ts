import { cpSync, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backup } from '#api/velero/backup.ts';
import type { Restore } from '#api/velero/restore.ts';
import { systemClock } from '#foundation/clock.ts';
import type { KubeObject, ResourceType } from '#kube/objects.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { all } from '#storage/testing/contents.ts';
import { createArchive } from '../contents/archive-writer.ts';
import { type BackupFiles, beginBackup, type RunOptions } from '../runs/backup-run.ts';
import { beginRestore, type RestoreFiles } from '../runs/restore-run.ts';
import { readRunIdentity } from '../runs/run-identity.ts';
import { createRunReport } from '../runs/run-report.ts';

/** Runs a test on a location in a directory, in memory where the system has such, which is removed afterwards. */
export async function inStore(run: (store: ObjectStore) => Promise<void>): Promise<void> {
  await inDirectory(parent => run(new FilesystemStore(join(parent, 'location'))));
}

/** Runs a test whose `fresh` runs each of its parts on a new location, which has what `prepare` put into the first. */
export async function inCopies(
  prepare: (store: ObjectStore) => Promise<void>,
  run: (fresh: (part: (store: ObjectStore) => Promise<void>) => Promise<void>) => Promise<void>,
): Promise<void> {
  await inDirectory(async parent => {
    const first = join(parent, 'first');
    await prepare(new FilesystemStore(first));
    const copy = join(parent, 'copy');
    await run(async part => {
      if (existsSync(first)) cpSync(first, copy, { recursive: true, preserveTimestamps: true });
      await part(new FilesystemStore(copy));
      await rm(copy, { recursive: true, force: true });
    });
  });
}

async function inDirectory(run: (parent: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hozon-archive-'));
  try {
    await run(parent);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** Options of a run of this process. */
export async function livingRun(options: Partial<RunOptions> = {}): Promise<RunOptions> {
  return { identity: await readRunIdentity(), clock: systemClock, ...options };
}

/** Options of a run whose process is no more: its id belongs to a process that started at another time. */
export async function deadRun(options: Partial<RunOptions> = {}): Promise<RunOptions> {
  return { identity: { ...(await readRunIdentity()), started: '1' }, clock: systemClock, ...options };
}

/** Options of a run on another host. */
export async function distantRun(options: Partial<RunOptions> = {}): Promise<RunOptions> {
  const identity = { ...(await readRunIdentity()), host: 'other-host', machine: 'abc' };
  return { identity, clock: systemClock, ...options };
}

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  verbs: ['get', 'list'],
  shortNames: ['cm'],
  singular: 'configmap',
};

/** The bytes of an archive with one ConfigMap, `apps/settings`. */
export function sampleArchive(): AsyncIterable<Uint8Array> {
  const settings: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'apps' },
    data: { colour: 'blue' },
  };
  const archive = createArchive();
  const written = archive.add(configMaps, settings).then(() => archive.finish());
  written.catch((thrown: unknown) => archive.abort(thrown));
  return archive.bytes;
}

export function sampleBackup(name: string): Backup {
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name, namespace: 'velero' },
    spec: { includedNamespaces: ['apps'] },
    status: { phase: 'Completed', version: 1, formatVersion: '1.1.0' },
  };
}

export async function sampleFiles(): Promise<BackupFiles> {
  const report = createRunReport(systemClock);
  report.warning(
    { en: () => 'it is odd', ja: () => '…' },
    { resource: 'pods', namespace: 'apps', name: 'web' },
  );
  return {
    log: await report.log(),
    results: report.results(),
    resourceList: { 'v1/ConfigMap': ['apps/settings'] },
    volumeInfos: [
      {
        pvcName: 'data',
        pvcNamespace: 'apps',
        snapshotDataMoved: false,
        preserveLocalSnapshot: false,
        skipped: true,
        skippedReason: 'volumes are not captured yet',
      },
    ],
  };
}

/** Writes a whole backup; discards it if the store fails. */
export async function writeBackup(store: ObjectStore, name: string, options?: RunOptions): Promise<void> {
  const run = await beginBackup(store, name, options ?? (await livingRun()));
  try {
    await run.putArchive(sampleArchive());
    await run.commit(sampleBackup(name), await sampleFiles());
  } catch (thrown) {
    await run.discard().catch(() => {});
    throw thrown;
  }
}

export function sampleRestore(name: string, backupName: string): Restore {
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name, namespace: 'velero' },
    spec: { backupName },
  };
}

export async function sampleRestoreFiles(): Promise<RestoreFiles> {
  const { log, results } = await sampleFiles();
  return { log, results, resourceList: { 'v1/ConfigMap': ['apps/settings(created)'] }, volumeInfos: [] };
}

/** A restore that has ended. */
export async function writeRestore(store: ObjectStore, name: string, backupName: string): Promise<void> {
  const restore = sampleRestore(name, backupName);
  const run = await beginRestore(store, restore, await livingRun());
  await run.finish({ ...restore, status: { phase: 'Completed' } }, await sampleRestoreFiles());
}

/** Everything in a location: its keys, and its unfinished writes as `unfinished KEY`. */
export async function everythingIn(store: ObjectStore): Promise<string[]> {
  const keys = (await all(store.list(''))).map(info => info.key);
  return [...keys, ...(await all(store.unfinished(''))).map(write => `unfinished ${write.key}`)];
}

/** The files of a whole backup, in the order of a listing. */
export function filesOf(name: string): string[] {
  const suffixes = [
    '-itemoperations.json.gz',
    '-logs.gz',
    '-podvolumebackups.json.gz',
    '-resource-list.json.gz',
    '-results.gz',
    '-volumeinfo.json.gz',
    '-volumesnapshots.json.gz',
    '.tar.gz',
  ];
  const keys = suffixes.map(suffix => `backups/${name}/${name}${suffix}`);
  return [...keys, `backups/${name}/velero-backup.json`].sort();
}
