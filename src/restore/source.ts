import { createHash } from 'node:crypto';
import type { Backup } from '#api/velero/backup.ts';
import type { RestorePhase } from '#api/velero/restore.ts';
import { type Archive, openArchive } from '#archive/contents/archive.ts';
import { downloadBackup, readBackup, readBackupVolumeInfos } from '#archive/stored/backups.ts';
import type { VolumeInfo } from '#archive/stored/volume-info.ts';
import type { KubeApi } from '#kube/api.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { raise } from './errors.ts';
import type { Note } from './notes.ts';
import { problems } from './request/problems.ts';
import type { RestoreRequest } from './request/request.ts';
import { newestOfSchedule } from './request/schedule.ts';

export interface SourceOptions {
  /** The cluster that is restored into. */
  readonly api: Pick<KubeApi, 'discover'>;
  readonly signal?: AbortSignal | undefined;
}

/** What a restore takes its objects from: a backup of a location, or anything that can be read. */
export interface RestoreSource {
  /** The request, its backup named. Throws `restore.invalid` where there is none. */
  named(request: RestoreRequest, options: Pick<SourceOptions, 'signal'>): Promise<RestoreRequest>;
  /** Opens what the request asks for; the archive is the caller's to dispose of. */
  open(request: RestoreRequest, options: SourceOptions): Promise<OpenedSource>;
}

export interface OpenedSource {
  readonly backup: Backup;
  readonly volumeInfos: readonly VolumeInfo[];
  readonly archive: Archive;
  /** SHA-256 of what it holds, in hexadecimal digits: as it is stored, or of what was asked for of it. */
  readonly digest: string;
  /** About what could not be read of it. */
  readonly notes: readonly Note[];
}

export interface LocationOptions {
  /** Whether a backup of a schedule that is PartiallyFailed counts as its newest, too. */
  readonly allowPartiallyFailed?: boolean | undefined;
}

/**
 * The backups of a location. Opening one throws `restore.backup-not-whole` for a backup that failed, `archive.*`,
 * `storage.*`.
 */
export function backupsIn(
  store: ObjectStore,
  { allowPartiallyFailed = false }: LocationOptions = {},
): RestoreSource {
  return {
    async named(request, { signal }) {
      const { name, scheduleName } = request;
      if (scheduleName === undefined) return request;
      const phases = ['Completed' as const, ...(allowPartiallyFailed ? ['PartiallyFailed' as const] : [])];
      const backupName = await newestOfSchedule(store, scheduleName, { phases, signal });
      if (backupName !== undefined) return { ...request, backupName };
      throw raise.invalid({ name, problems: [problems.noneOfSchedule(scheduleName, phases)] });
    },
    async open({ backupName: name }, { signal }) {
      const backup = await readBackup(store, name, { signal });
      const phase = backup.status?.phase ?? 'Completed';
      if (!restorable.has(phase)) throw raise['backup-not-whole']({ backup: name, phase });
      const volumeInfos = (await readBackupVolumeInfos(store, name, { signal })) ?? [];
      return { backup, volumeInfos, notes: [], ...(await openHashed(store, name, signal)) };
    },
  };
}

/** A backup in another phase is under way, being deleted, or not what it was meant to be. */
const restorable: ReadonlySet<string> = new Set<RestorePhase>(['Completed', 'PartiallyFailed']);

async function openHashed(
  store: ObjectStore,
  name: string,
  signal: AbortSignal | undefined,
): Promise<{ archive: Archive; digest: string }> {
  const hash = createHash('sha256');
  const body = await downloadBackup(store, name, { signal });
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const archive = await openArchive(hashed(), { source: name, signal });
  return { archive, digest: hash.digest('hex') };
}
