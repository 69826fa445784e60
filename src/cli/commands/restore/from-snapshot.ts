import { basename } from 'node:path';
import type { Restore } from '#api/velero/restore.ts';
import type { UnreadValue } from '#kube/resource-reader.ts';
import { objectsFrom } from '#restore/from-reader.ts';
import { backupsIn, type RestoreSource } from '#restore/source.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import type { FlagValues } from '../../spec.ts';
import { flagsGiven } from '../../velero/spec-flags.ts';
import { annotationOf, snapshotAnnotation } from '../etcd/snapshot/annotation.ts';
import type { createFlags } from './create-flags.ts';

/** The flags that say which snapshot of etcd is restored from, and how it is read. */
export const snapshotFlags = ['fromEtcdSnapshot', 'revision', 'encryptionConfig'] as const;

export type SourceFlags = Pick<
  FlagValues<typeof createFlags>,
  (typeof snapshotFlags)[number] | 'allowPartiallyFailed'
>;

/** What a snapshot is called where a backup would be named: `etcd-snapshot-2026-11-21-140000-r48213`. Pure. */
export function snapshotName(file: string, revision: number | undefined): string {
  const name = basename(file)
    .toLowerCase()
    .replace(/\.db$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 150)
    .replace(/-$/, '');
  const prefixed = name.startsWith('etcd-') ? name : `etcd-${name === '' ? 'snapshot' : name}`;
  return revision === undefined ? prefixed : `${prefixed}-r${revision}`;
}

/** The Restore, saying which snapshot it is made from; without one, or with none in its annotations, as it is. */
export function withSnapshot(
  wanted: Restore,
  { fromEtcdSnapshot, revision }: SourceFlags,
  env: Context['env'],
) {
  const { [snapshotAnnotation]: planned, ...others } = wanted.metadata.annotations ?? {};
  if (fromEtcdSnapshot === undefined) {
    if (planned === undefined) return wanted;
    throw cliErrors.raise['missing-flag']({ flags: [`--from-etcd-snapshot ${planned}`] });
  }
  const annotations = { ...others, [snapshotAnnotation]: annotationOf(fromEtcdSnapshot, revision, env) };
  return { ...wanted, metadata: { ...wanted.metadata, annotations } };
}

/** What is restored from: the snapshot that the flags name, otherwise the backups of the location. */
export async function sourceOf(flags: SourceFlags, context: Context): Promise<RestoreSource> {
  const { fromEtcdSnapshot, allowPartiallyFailed } = flags;
  if (fromEtcdSnapshot === undefined) {
    const others = flagsGiven(flags, ['revision', 'encryptionConfig']);
    if (others.length > 0) throw cliErrors.raise['missing-flag']({ flags: ['--from-etcd-snapshot'] });
    return backupsIn((await context.location()).store, { allowPartiallyFailed });
  }
  const { openObjects } = await import('../etcd/snapshot/open.ts');
  const unread = new Map<string, UnreadValue>();
  const reader = await openObjects(fromEtcdSnapshot, flags, context, value => unread.set(value.key, value));
  return objectsFrom(reader, { unread: () => unread.values() });
}
