import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SnapshotSink } from '#etcd/save/sink.ts';
import { refuseLocations } from '#etcd/save/velero-locations.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { HostedCluster } from '#hosted-clusters/hosted-cluster.ts';
import { refuseBeside, type Whereabouts } from '#hosted-clusters/snapshot/apart.ts';
import { credentialOf } from '#hosted-clusters/snapshot/credential.ts';
import { fileNameOf } from '#hosted-clusters/snapshot/work.ts';
import { parseLocationUrl } from '#storage/location-url.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { urlOf } from '../../locations/open.ts';
import { placeOf } from '../../repository/place.ts';
import type { FlagValues } from '../../spec.ts';
import { knownLocations, placeOfLocation } from '../etcd/save/known-locations.ts';
import { repositorySink } from '../etcd/save/repository-sink.ts';
import type { snapshot } from './snapshot-spec.ts';

export interface OpenedTarget {
  readonly store: ObjectStore;
  readonly whereabouts: Whereabouts;
}

/** Where the snapshot goes. @throws `etcd.save-velero-location`, and as opening the place does */
export async function snapshotTarget(
  given: string,
  cluster: HostedCluster,
  context: Context,
): Promise<OpenedTarget> {
  const url = await asUrl(given, context);
  const { store } = await context.location(url);
  const place = await placeOfLocation(parseLocationUrl(url));
  const target = { url: store.url, place, names: [fileNameOf(cluster)] };
  refuseLocations(target, await knownLocations(context));
  return { store, whereabouts: await whereaboutsOf(url, store.url, context) };
}

interface Beside {
  readonly snapshot: Whereabouts;
  readonly cluster: HostedCluster;
}

/** Where the key goes. @throws `hosted-cluster.key-beside`, and as opening the repository does */
export async function keyTarget(
  flags: FlagValues<(typeof snapshot)['flags']>,
  { snapshot: where, cluster }: Beside,
  context: Context,
): Promise<SnapshotSink> {
  const { keyRepo: given = '', passwordFile, passwordCommand, passwordEnv, retryLock, limitUpload } = flags;
  const repo = await repositoryName(given, context);
  const access = { repo, passwordFile, passwordCommand, passwordEnv, retryLock, limitUpload };
  const own = { ...access, clusterName: cluster.key.name, tag: undefined, dryRun: flags.dryRun };
  const { store } = await placeOf(own, context);
  refuseBeside(where, await whereaboutsOf(repo, store.url, context));
  return repositorySink(own, context);
}

/** A path of this machine becomes a URL, and the name of a location the URL that it stands for. */
async function asUrl(given: string, { config, env }: Context): Promise<string> {
  if (given.includes('://')) return given;
  const { locations = {} } = await config();
  const named = locations[given];
  if (named !== undefined) return urlOf(named, env);
  return pathToFileURL(resolve(expandHome(given, env))).href;
}

async function repositoryName(given: string, context: Context): Promise<string> {
  const isPath = isAbsolute(given) || /^[.~]/.test(given);
  const { locations = {} } = await context.config();
  return isPath || locations[given] !== undefined ? asUrl(given, context) : given;
}

/** What the name says, else (restic's form of a name) what the opened store says: its credential is then the environment's. */
async function whereaboutsOf(name: string, url: string, { env }: Pick<Context, 'env'>): Promise<Whereabouts> {
  const location = locationIn(name) ?? parseLocationUrl(url);
  const place = await placeOfLocation(location);
  if (location.kind === 'filesystem' || place.kind === 'directory') {
    return { url, place, credential: undefined };
  }
  return { url, place, credential: await credentialOf(location.s3, env) };
}

function locationIn(name: string) {
  try {
    return parseLocationUrl(name);
  } catch (thrown) {
    if (isHozonError(thrown, 'storage.invalid-url')) return undefined;
    throw thrown;
  }
}
