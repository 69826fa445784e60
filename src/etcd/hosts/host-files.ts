import type { SavedFile } from '../save/sink.ts';
import { readV2Data, type V2Answer } from '../v2/v2-data.ts';
import type { MemberOnHost } from './member-on-host.ts';
import type { HostScratch } from './scratch.ts';
import {
  configurationDirectory,
  liveRevisions,
  requireSettled,
  staticResources,
} from './static-resources.ts';
import { dataDirectoryOn, v2Backup } from './v2-on-host.ts';

/** What belongs to a snapshot and lies on its member's host alone. All of it may hold keys. */
export interface HostFiles {
  readonly files: readonly SavedFile[];
  /** Whether there is v2 data. */
  readonly v2: V2Answer;
}

export interface HostFilesOptions {
  /** Of the snapshot's name: `2026-11-21_140000`. */
  readonly stamp: string;
  /** The snapshot is of another member: this host's static pods then get a name that no script takes for those that belong to it. */
  readonly isBeside?: boolean | undefined;
  /** Take the live static pods also while others are rolled out. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What there is to take on a host, each in a file of its own: `static_kuberesources_<stamp>.tar.gz` of OpenShift 4 (of a host beside
 * that of the snapshot, `kuberesources_<host>_<stamp>.tar.gz`), `etcd-config_<host>_<stamp>.tar.gz` of `/etc/etcd`, `etcd-v2_<host>_<stamp>.tar` where there is v2 data. Nothing is
 * read before a file's bytes are.
 *
 * @throws `etcd.host-rolling-out` unless forced, `remote.*`
 */
export async function hostFiles(
  scratch: HostScratch,
  member: MemberOnHost,
  { stamp, isBeside = false, force = false, signal }: HostFilesOptions,
): Promise<HostFiles> {
  const { host } = scratch;
  const name = nameInFiles(host.name);
  const files: SavedFile[] = [];
  if (member.layout === 'openshift-4') {
    const revisions = await liveRevisions(host, { signal });
    if (!force) requireSettled(host, revisions);
    const bytes = staticResources(host, { force, signal });
    const called = isBeside ? `kuberesources_${name}` : 'static_kuberesources';
    files.push({ name: `${called}_${stamp}.tar.gz`, bytes });
  }
  if ((await host.run(['test', '-d', '/etc/etcd'], { signal })).code === 0) {
    const bytes = configurationDirectory(host, { signal });
    files.push({ name: `etcd-config_${name}_${stamp}.tar.gz`, bytes });
  }
  const v2 = await readV2Data(dataDirectoryOn(host, member.dataDir, signal));
  signal?.throwIfAborted(); // it takes whatever hinders it from reading for an answer
  if (v2.v2Data === 'present') {
    files.push({ name: `etcd-v2_${name}_${stamp}.tar`, bytes: v2Backup({ scratch, member, signal }) });
  }
  return { files, v2 };
}

/** A host as it stands in the names of its files. */
export function nameInFiles(host: string): string {
  return host.replaceAll(/[^\w.-]/g, '_');
}
