import type { TreeStatistics } from '../../archiving/statistics.ts';
import type { JsonObject } from '../../format/go-json.ts';
import { localTime } from '../../format/go-local-time.ts';
import type { Identity } from '../access/identity.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import type { SnapshotDocument } from '../format/snapshot.ts';
import type { SinkTotals } from '../pipeline/content-sink.ts';

/** What a snapshot's file says. Times are nanoseconds since 1970. */
export interface Described {
  readonly tree: string;
  readonly paths: readonly Buffer[];
  readonly identity: Identity;
  readonly program?: string | undefined;
  readonly begun: bigint;
  readonly ended: bigint;
  readonly time?: bigint | undefined;
  readonly hostname?: string | undefined;
  readonly parent?: StoredSnapshot | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly excludes?: readonly string[] | undefined;
  readonly statistics: TreeStatistics;
  readonly totals: SinkTotals;
}

/** A snapshot's file, with the members that restic 0.17 and later write; what is empty or 0 is left out, as there. */
export function snapshotDocument(described: Described): SnapshotDocument {
  const { parent, tree, paths, identity, program, tags = [], excludes = [] } = described;
  const { hostname, username, uid, gid } = identity;
  return {
    time: localTime(described.time ?? described.begun),
    ...(parent === undefined ? {} : { parent: parent.id }),
    tree,
    paths: paths.map(path => path.toString()),
    hostname: described.hostname ?? hostname,
    username,
    ...(uid === 0 ? {} : { uid }),
    ...(gid === 0 ? {} : { gid }),
    ...(excludes.length === 0 ? {} : { excludes }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(program === undefined ? {} : { program_version: program }),
    summary: summary(described),
  };
}

function summary({ begun, ended, statistics, totals }: Described): JsonObject {
  const { files, directories, bytes } = statistics;
  return {
    backup_start: localTime(begun),
    backup_end: localTime(ended),
    files_new: files.new,
    files_changed: files.changed,
    files_unmodified: files.unmodified,
    dirs_new: directories.new,
    dirs_changed: directories.changed,
    dirs_unmodified: directories.unmodified,
    data_blobs: totals.dataBlobs,
    tree_blobs: totals.treeBlobs,
    data_added: totals.added,
    data_added_packed: totals.addedPacked,
    total_files_processed: files.new + files.changed + files.unmodified,
    total_bytes_processed: bytes,
  };
}
