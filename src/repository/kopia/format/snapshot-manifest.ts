import type { Json, JsonObject } from '../../format/go-json.ts';
import type { DirectoryEntry } from './directory.ts';

/** What was stored: a path of a user on a host. */
export interface SnapshotSource {
  readonly host: string;
  readonly userName: string;
  readonly path: string;
}

/** Numbers of a run; what the snapshot holds is better asked of its root's summary. */
export interface SnapshotStats {
  readonly totalSize: number;
  readonly excludedTotalSize: number;
  readonly fileCount: number;
  readonly cachedFiles: number;
  readonly nonCachedFiles: number;
  readonly dirCount: number;
  readonly excludedFileCount: number;
  readonly excludedDirCount: number;
  readonly ignoredErrorCount: number;
  readonly errorCount: number;
}

/** A snapshot. Times in nanoseconds since 1970. */
export interface SnapshotManifest {
  readonly source: SnapshotSource;
  readonly description: string;
  readonly startTime: bigint;
  readonly endTime: bigint;
  readonly stats: SnapshotStats;
  /** Why it is not whole, such as `checkpoint` or `canceled`; '' where it is. */
  readonly incomplete: string;
  /** Missing in what an interrupted run left. */
  readonly rootEntry: DirectoryEntry | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Why it is never to be expired. */
  readonly pins: readonly string[];
  /** The document that it was read from: members that are not named here are written again. */
  readonly document?: JsonObject | undefined;
}

/** @throws Fault */
export function readSnapshotManifest(_data: Json | undefined): SnapshotManifest {
  throw new Error('unfinished');
}

/** The document of a snapshot, its members in kopia's order. */
export function writeSnapshotManifest(_snapshot: SnapshotManifest): JsonObject {
  throw new Error('unfinished');
}

/** The labels that a snapshot's manifest has. */
export function snapshotLabels(
  _snapshot: Pick<SnapshotManifest, 'source' | 'tags'>,
): Readonly<Record<string, string>> {
  throw new Error('unfinished');
}

/** The labels by which the snapshots of one source are found. */
export function sourceLabels(_source: SnapshotSource): Readonly<Record<string, string>> {
  throw new Error('unfinished');
}
