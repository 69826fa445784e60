import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ReadingOptions } from '../bolt/paced.ts';
import { raise } from '../errors.ts';
import { type ClusterFacts, headRevision } from '../snapshot/facts.ts';
import type { SnapshotStatus } from '../snapshot/status.ts';
import { type Verified, verifySnapshot } from '../snapshot/verify.ts';
import { identityOf } from './identities.ts';
import { memberNamed, readInitialCluster, readPeerUrls } from './initial-cluster.ts';
import { freePlaces, type Places, unlessAbsent } from './places.ts';
import { type FindTool, findRestoreTool, type RestoreTool, requireFit } from './tool.ts';

/** What is asked for; what is left out is as etcd's own programs take it. */
export interface RestoreRequest {
  /** The path of the snapshot. */
  readonly snapshot: string;
  /** Of the member that is going to run on it: not there yet, or an empty directory. */
  readonly dataDir: string;
  /** A directory that is not there yet, outside of the data directory; within it unless given. */
  readonly walDir?: string | undefined;
  /** `default` */
  readonly name?: string | undefined;
  /** `default=http://localhost:2380` */
  readonly initialCluster?: string | undefined;
  /** `etcd-cluster` */
  readonly token?: string | undefined;
  /** Those of the member in `initialCluster`. */
  readonly advertisedPeerUrls?: string | undefined;
  /** By how much the newest revision is raised; goes with `isMarkedCompacted`. */
  readonly bumpRevision?: number | undefined;
  readonly isMarkedCompacted?: boolean | undefined;
  /** Take a file without a checksum: a copy of a database. */
  readonly skipsHashCheck?: boolean | undefined;
  readonly tool: FindTool;
}

export interface RestoredMember {
  readonly name: string;
  /** As etcd prints it. */
  readonly id: string;
  readonly peerUrls: readonly string[];
}

/** What was found in a snapshot that nothing is wrong with. */
export interface SoundSnapshot extends Verified {
  readonly status: SnapshotStatus;
  readonly facts: ClusterFacts;
}

/** What a restore is going to do: everything about it is known and checked before anything is written. */
export interface RestorePlan extends Places {
  /** Absolute. */
  readonly snapshot: string;
  readonly verified: SoundSnapshot;
  readonly tool: RestoreTool;
  readonly token: string;
  readonly clusterId: string;
  /** The one whose data directory it is. */
  readonly member: RestoredMember;
  readonly members: readonly RestoredMember[];
  /** The newest revision after it. */
  readonly revision: number;
  readonly bumpRevision?: number | undefined;
  readonly skipsHashCheck: boolean;
}

/** Etcd makes its log's first file as long as this. */
const walBytes = 64_000_000;
/** For what is written beside the database and the log. */
const spareBytes = 16 * 1024 * 1024;

/**
 * Reads every byte of the snapshot, finds the program, and works out who the members are going to be. Writes nothing.
 *
 * @throws `etcd.restore-*`, `etcd.snapshot-missing`, `etcd.snapshot-in-use`
 */
export async function planRestore(
  request: RestoreRequest,
  options: ReadingOptions = {},
): Promise<RestorePlan> {
  const { bumpRevision, isMarkedCompacted = false, skipsHashCheck = false } = request;
  const snapshot = resolve(request.snapshot);
  const isBumped = (bumpRevision ?? 0) > 0;
  if (isBumped !== isMarkedCompacted) throw raise['restore-bump']();
  const cluster = plannedCluster(request);
  const places = await freePlaces(request);
  const tool = await findRestoreTool({ ...request.tool, signal: options.signal });
  const verified = await soundSnapshot(snapshot, skipsHashCheck, options);
  const { facts, status } = verified;
  requireFit(tool, facts.storageVersion ?? facts.clusterVersion, isBumped);
  await requireRoom(places, (await stat(snapshot)).size);
  const revision = headRevision(status.revision + (bumpRevision ?? 0), facts);
  const bump = isBumped ? { bumpRevision } : {};
  return { snapshot, verified, tool, ...places, ...cluster, revision, ...bump, skipsHashCheck };
}

type Cluster = Pick<RestorePlan, 'token' | 'clusterId' | 'member' | 'members'>;

function plannedCluster(request: RestoreRequest): Cluster {
  const { name = 'default', token = 'etcd-cluster', advertisedPeerUrls } = request;
  const planned = readInitialCluster(request.initialCluster ?? `${name}=http://localhost:2380`);
  const advertised = advertisedPeerUrls === undefined ? undefined : readPeerUrls(advertisedPeerUrls);
  const own = memberNamed(planned, name, advertised);
  const { clusterId, memberIds } = identityOf(planned, token);
  const members = planned.map(each => ({ ...each, id: memberIds.get(each.name) ?? '' }));
  return { token, clusterId, members, member: { ...own, id: memberIds.get(name) ?? '' } };
}

async function soundSnapshot(
  file: string,
  skipsHashCheck: boolean,
  options: ReadingOptions,
): Promise<SoundSnapshot> {
  const verified = await verifySnapshot(file, options);
  const { findings, status, facts, trailer } = verified;
  const unsound = findings.find(({ severity }) => severity === 'unsound');
  if (unsound !== undefined || status === undefined || facts === undefined) {
    throw raise['restore-unsound']({ file, reason: unsound?.text ?? { en: () => '', ja: () => '' } });
  }
  if (trailer === 'absent' && !skipsHashCheck) throw raise['restore-unproven']({ file });
  return { ...verified, status, facts };
}

/** @throws `etcd.restore-no-space` */
async function requireRoom({ dataDir, walDir }: Places, databaseBytes: number): Promise<void> {
  const needs = [
    { path: dataDir, needed: databaseBytes + spareBytes + (walDir === undefined ? walBytes : 0) },
    ...(walDir === undefined ? [] : [{ path: walDir, needed: walBytes + spareBytes }]),
  ];
  for (const { path, needed } of needs) {
    const free = await freeBytes(path);
    if (free < needed) throw raise['restore-no-space']({ path, needed, free });
  }
}

/** Of the file system that the path is in or would be in. */
async function freeBytes(path: string): Promise<number> {
  const found = await statfs(path).catch(unlessAbsent);
  if (found !== undefined) return found.bavail * found.bsize;
  return freeBytes(dirname(path));
}
