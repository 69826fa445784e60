import { Fault } from '../../format/fault.ts';
import { type Json, type JsonObject, ordered } from '../../format/go-json.ts';
import { type DirectoryEntry, readEntry, writeEntry } from './directory.ts';
import {
  countField,
  objectField,
  objectIn,
  textField,
  textMapField,
  textsField,
  timeField,
  timeText,
} from './document-fields.ts';
import { sortedMap } from './manifest-content.ts';
import { reasons } from './reasons.ts';

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

const reason = reasons.snapshot;

const statistics = [
  'totalSize',
  'excludedTotalSize',
  'fileCount',
  'cachedFiles',
  'nonCachedFiles',
  'dirCount',
  'excludedFileCount',
  'excludedDirCount',
  'ignoredErrorCount',
  'errorCount',
] as const satisfies readonly (keyof SnapshotStats)[];

/** @throws Fault */
export function readSnapshotManifest(data: Json | undefined): SnapshotManifest {
  const document = objectIn(data, reason);
  const root = document['rootEntry'] ?? undefined;
  const startTime = timeField(document, 'startTime', reason);
  if (startTime === undefined) throw new Fault(reason);
  return {
    source: readSource(objectField(document, 'source', reason)),
    description: textField(document, 'description', reason),
    startTime,
    endTime: timeField(document, 'endTime', reason) ?? startTime,
    stats: readStats(objectField(document, 'stats', reason)),
    incomplete: textField(document, 'incomplete', reason),
    rootEntry: root === undefined ? undefined : readEntry(root),
    tags: textMapField(document, 'tags', reason),
    pins: textsField(document, 'pins', reason),
    document,
  };
}

function readSource(document: JsonObject): SnapshotSource {
  return {
    host: textField(document, 'host', reason),
    userName: textField(document, 'userName', reason),
    path: textField(document, 'path', reason),
  };
}

function readStats(document: JsonObject): SnapshotStats {
  const count = (key: keyof SnapshotStats): number => countField(document, key, reason);
  return {
    totalSize: count('totalSize'),
    excludedTotalSize: count('excludedTotalSize'),
    fileCount: count('fileCount'),
    cachedFiles: count('cachedFiles'),
    nonCachedFiles: count('nonCachedFiles'),
    dirCount: count('dirCount'),
    excludedFileCount: count('excludedFileCount'),
    excludedDirCount: count('excludedDirCount'),
    ignoredErrorCount: count('ignoredErrorCount'),
    errorCount: count('errorCount'),
  };
}

const memberOrder = [
  'id',
  'source',
  'description',
  'startTime',
  'endTime',
  'stats',
  'incomplete',
  'rootEntry',
  'tags',
  'storageStats',
  'pins',
];

/** The document of a snapshot, its members in kopia's order; its own name is the manifest's, not in the document. */
export function writeSnapshotManifest(snapshot: SnapshotManifest): JsonObject {
  const { source, stats, rootEntry, tags, pins } = snapshot;
  const members: JsonObject = {
    ...snapshot.document,
    id: '',
    source: { host: source.host, userName: source.userName, path: source.path },
    description: snapshot.description,
    startTime: timeText(snapshot.startTime),
    endTime: timeText(snapshot.endTime),
    stats: ordered({ ...stats }, statistics),
    incomplete: snapshot.incomplete || undefined,
    rootEntry: rootEntry === undefined ? null : writeEntry(rootEntry),
    tags: Object.keys(tags).length === 0 ? undefined : sortedMap(tags),
    pins: pins.length === 0 ? undefined : pins,
  };
  return ordered(members, memberOrder);
}

/** The labels that a snapshot's manifest has: its source's, and every tag. A tag never takes the place of one of those. */
export function snapshotLabels({
  source,
  tags,
}: Pick<SnapshotManifest, 'source' | 'tags'>): Readonly<Record<string, string>> {
  return { ...tags, ...sourceLabels(source) };
}

/** The labels by which the snapshots of one source are found. */
export function sourceLabels({ host, userName, path }: SnapshotSource): Readonly<Record<string, string>> {
  return {
    type: 'snapshot',
    hostname: host,
    ...(userName === '' ? {} : { username: userName }),
    ...(path === '' ? {} : { path }),
  };
}
