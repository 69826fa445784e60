import type { Clock } from '#foundation/clock.ts';
import type { KopiaIdentity } from '#repository/kopia/access/identity.ts';
import { type IndexedKopia, refreshContents } from '#repository/kopia/access/indexed.ts';
import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { snapshotKopiaTree } from '#repository/kopia/backup/snapshot-tree.ts';
import { policiesFor } from '#repository/kopia/policies/stored-policies.ts';
import { fileAtRoot, seriesOf } from './repository-source.ts';
import type { SnapshotSink } from './sink.ts';

export interface KopiaSinkOptions {
  readonly clock: Clock;
  readonly identity: KopiaIdentity;
  /** Of several clusters in one repository: keeps their series apart. One segment of a path. */
  readonly cluster?: string | undefined;
  /** As labels have them: kopia's own command puts `tag:` before each key. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/**
 * A kopia repository. Each file is a snapshot of `USER@HOST:/etcd/…`, whose manifest is written when the stream has ended well; what a
 * stream that failed had stored until then belongs to no snapshot and goes with maintenance.
 */
export function kopiaSink(repository: IndexedKopia, options: KopiaSinkOptions): SnapshotSink {
  const { url } = repository.store;
  const { clock, identity, cluster, tags } = options;
  let now = repository;
  return {
    url,
    async store(file, { signal }) {
      const path = seriesOf(file.name, cluster);
      const source = { host: identity.hostname, userName: identity.username, path };
      const policies = policiesFor(await loadManifests(now, { signal }), source);
      const taken = await snapshotKopiaTree(now, fileAtRoot(file, clock.now()), {
        source,
        policies,
        previous: [],
        clock,
        identity,
        tags,
        signal,
      });
      now = await refreshContents(now, { clock, signal });
      return { place: `${url} ${taken.id}`, size: taken.statistics.bytes };
    },
  };
}
