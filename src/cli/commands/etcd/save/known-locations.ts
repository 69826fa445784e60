import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type KnownLocation, type Place } from '#etcd/save/velero-locations.ts';
import { isAbort, isHozonError } from '#foundation/errors.ts';
import { say } from '#foundation/language.ts';
import { after } from '#foundation/timed-signals.ts';
import type { KubeApi } from '#kube/api.ts';
import { textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type Location, parseLocationUrl } from '#storage/location-url.ts';
import type { Context } from '../../../context.ts';
import { backupStorageLocations } from '../../../locations/cluster-locations.ts';
import { urlOf } from '../../../locations/open.ts';
import { reasonOf } from '../../../reason.ts';

/** How long a cluster is waited for that is only asked for its locations. Milliseconds. */
const patience = 15_000;

/**
 * Every storage location that is known: of the configuration, and of the cluster where a kubeconfig is at hand. A cluster that does not
 * answer is noted and no obstacle: it may be the reason for the snapshot.
 */
export async function knownLocations(context: Context): Promise<readonly KnownLocation[]> {
  const [configured, inCluster] = await Promise.all([ofConfig(context), ofCluster(context)]);
  return [...configured, ...inCluster];
}

/** Where a location is, as it can be held against others: a directory by its real path. */
export async function placeOfLocation(location: Location): Promise<Place> {
  if (location.kind === 'filesystem') return { kind: 'directory', path: await realPathOf(location.path) };
  return { kind: 'bucket', bucket: location.s3.bucket, prefix: location.s3.prefix };
}

/** Of what is not there, or not to be seen, the part that is. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(await realPathOf(above), basename(path));
  }
}

async function ofConfig({ config, env }: Context): Promise<KnownLocation[]> {
  const { locations = {} } = await config();
  const places = Object.entries(locations).map(async ([name, location]) => {
    const place = await placeOfLocation(parseLocationUrl(urlOf(location, env)));
    return { name, origin: 'config' as const, place };
  });
  return Promise.all(places);
}

async function ofCluster(context: Context): Promise<KnownLocation[]> {
  const { signal, note } = context;
  using timeout = after(patience);
  const both = AbortSignal.any([signal, timeout.signal]);
  try {
    return (await listed(await context.cluster(), context, both)).flatMap(known);
  } catch (thrown) {
    signal.throwIfAborted();
    if (isHozonError(thrown, 'kube.kubeconfig-missing') || isHozonError(thrown, 'kube.not-found')) return [];
    const reason = timeout.signal.aborted && isAbort(thrown) ? noAnswer : reasonOf(thrown);
    note(
      say(
        `The cluster’s storage locations are not known, so the target was not held against them: ${reason.en()}`,
        `クラスターの保存場所を取得できないため、保存先との重複を確認していません: ${reason.ja()}`,
      ),
    );
    return [];
  }
}

const noAnswer = say(
  `no answer in ${patience / 1000} s`,
  `${patience / 1000} 秒以内に応答がありませんでした`,
);

/** Of all namespaces; of Velero's where only that may be seen. */
async function listed(
  api: KubeApi,
  { veleroNamespace }: Context,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  try {
    return await Array.fromAsync(api.list(backupStorageLocations, { signal }));
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    const namespace = await veleroNamespace();
    return Array.fromAsync(api.list(backupStorageLocations, { namespace, signal }));
  }
}

function known(object: KubeObject): KnownLocation[] {
  const bucket = textAt(object, 'spec', 'objectStorage', 'bucket');
  if (bucket === undefined || bucket === '') return [];
  const prefix = textAt(object, 'spec', 'objectStorage', 'prefix') ?? '';
  const { namespace, name } = object.metadata;
  return [{ name: `${namespace}/${name}`, origin: 'cluster', place: { kind: 'bucket', bucket, prefix } }];
}
