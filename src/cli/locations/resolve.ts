import { describeThrown, isAbort } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import type { Config, ConfiguredLocation } from '../config/schema.ts';
import type { Env } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { clusterLocations, isDefault } from './cluster-locations.ts';
import type { OpenedLocation } from './location.ts';
import { type OnFinding, openConfigured, openUrl } from './open.ts';

/** What a location is looked for with. */
export interface Search {
  /** `--location`: a URL or a name. */
  readonly wanted: string | undefined;
  readonly config: Config;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly cluster: () => Promise<KubeApi>;
  readonly veleroNamespace: () => Promise<string>;
  readonly onFinding: OnFinding;
}

/**
 * Finds and opens a storage location. What was asked for is a URL, else a name in the configuration, else the
 * name of a BackupStorageLocation; where nothing was asked for it is the configuration's default, else the
 * cluster's default BackupStorageLocation, else its only one. Throws `cli.unknown-location`, `cli.no-location`.
 */
export async function resolveLocation(search: Search): Promise<OpenedLocation> {
  const { wanted, config } = search;
  if (wanted?.includes('://')) return openUrl(wanted, search);
  const name = wanted ?? config.defaultLocation;
  const configured = configuredAs(name, config);
  if (name !== undefined && configured !== undefined) return openConfigured(name, configured, search);
  return name === undefined ? byDefault(search) : byName(name, search);
}

function configuredAs(name: string | undefined, config: Config): ConfiguredLocation | undefined {
  const locations = config.locations ?? {};
  return name !== undefined && Object.hasOwn(locations, name) ? locations[name] : undefined;
}

async function byName(name: string, search: Search): Promise<OpenedLocation> {
  const known = Object.keys(search.config.locations ?? {});
  const unknown = (cause?: unknown): Error => cliErrors.raise['unknown-location']({ name, known }, { cause });
  const found = await inCluster(search, unknown);
  const location = found.find(each => each.metadata.name === name);
  if (location !== undefined) return openFound(location, search);
  throw cliErrors.raise['unknown-location']({
    name,
    known: [...known, ...found.map(each => each.metadata.name)],
  });
}

async function byDefault(search: Search): Promise<OpenedLocation> {
  const found = await inCluster(search, cause => cliErrors.raise['no-location'](undefined, { cause }));
  const [first, second] = found;
  if (first === undefined || (!isDefault(first) && second !== undefined))
    throw cliErrors.raise['no-location']();
  return openFound(first, search);
}

async function inCluster(search: Search, failure: (cause: unknown) => Error): Promise<KubeObject[]> {
  try {
    return await clusterLocations(await search.cluster(), await search.veleroNamespace(), search.signal);
  } catch (thrown) {
    if (isAbort(thrown) || search.signal.aborted) throw thrown;
    throw failure(new Error(describeThrown(thrown), { cause: thrown }));
  }
}

async function openFound(location: KubeObject, search: Search): Promise<OpenedLocation> {
  const { openClusterLocation } = await import('./open-cluster.ts');
  return openClusterLocation(location, { cluster: await search.cluster(), signal: search.signal });
}
