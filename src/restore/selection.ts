import type { Glob } from '#foundation/glob.ts';
import { Discovery } from '#kube/discovery.ts';
import { type GroupResource, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';
import { matches } from '#kube/selectors.ts';
import { compileNames, type NameLists } from './request/names.ts';
import { neverRestored } from './request/never-restored.ts';
import type { RestoreRequest } from './request/request.ts';

/** Which objects of a backup a restore asks for, before anything is known of what they need. */
export interface Selection {
  /** Whether objects of the type can be meant at all. */
  type(type: Pick<ResourceType, 'group' | 'resource'>): boolean;
  /** By its name in the backup. */
  namespace(name: string): boolean;
  labels(object: KubeObject): boolean;
  readonly clusterScoped: RestoreRequest['clusterScoped'];
  /** Whether objects of the type are to be given the status that the backup holds. */
  status(resource: GroupResource): boolean;
}

export interface Known {
  /** The types of the backup. */
  readonly archived: readonly ResourceType[];
  /** What the cluster serves: it knows the short names. */
  readonly cluster: Discovery;
}

/** Compiles what is asked for against what there is. Pure. */
export function compileSelection(request: RestoreRequest, known: Known): Selection {
  const resolve = (names: readonly string[]): string[] => names.map(name => resolveResource(name, known));
  const compile = ({ included, excluded }: NameLists): Glob =>
    compileNames({ included: resolve(included), excluded: resolve(excluded) });
  const wanted = compile(request.resources);
  const namespace = compileNames(request.namespaces);
  return {
    type: type => wanted(groupResource(type)) && !neverRestored.has(groupResource(type)),
    namespace,
    labels: ({ metadata }) =>
      request.selectors.length === 0 ||
      request.selectors.some(selector => matches(selector, metadata.labels)),
    clusterScoped: request.clusterScoped,
    status: request.statuses === undefined ? () => false : compile(request.statuses),
  };
}

/** `po`, `pod`, `Pod` → `pods`; patterns and what nobody knows stay as they are. */
export function resolveResource(name: string, { archived, cluster }: Known): GroupResource {
  const inBackup = new Discovery(archived).resolve(name);
  const found = inBackup ?? cluster.resolve(name);
  return found === undefined ? name.toLowerCase() : groupResource(found);
}
