import type { Clock } from '#foundation/clock.ts';
import type { Identity } from '#repository/restic/access/identity.ts';
import type { IndexedRepository } from '#repository/restic/access/indexed.ts';
import { snapshotTree } from '#repository/restic/backup/snapshot-tree.ts';
import type { Compression } from '#repository/restic/format/zstd.ts';
import { fileInSeries, seriesOf } from './repository-source.ts';
import type { SnapshotSink } from './sink.ts';

export interface ResticSinkOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  /** Of several clusters in one repository: keeps their series apart. One segment of a path. */
  readonly cluster?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly compression?: Compression | undefined;
  /** What says that it wrote them: a name and a version. */
  readonly program: string;
}

/**
 * A restic repository, under a lock that the caller holds. Each file is a snapshot, whose own file is written when the stream has ended
 * well; what a stream that failed had stored until then belongs to no snapshot and goes with the next prune.
 */
export function resticSink(repository: IndexedRepository, options: ResticSinkOptions): SnapshotSink {
  const { url } = repository.store;
  const { cluster, ...described } = options;
  return {
    url,
    async store(file, { signal }) {
      const source = fileInSeries(file, seriesOf(file.name, cluster), options.clock.now());
      const taken = await snapshotTree(repository, source, { ...described, parent: undefined, signal });
      return { place: `${url} ${taken.id}`, size: taken.statistics.bytes };
    },
  };
}
