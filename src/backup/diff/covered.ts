import type { BackupSpec, StoredBackup } from '#api/velero/backup.ts';
import { veleroLabels } from '#api/velero/names.ts';
import type { Archive } from '#archive/contents/archive.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { Discovery } from '#kube/discovery.ts';
import {
  formatKey,
  groupResource,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import { matches } from '#kube/selectors.ts';
import { chooseTypes } from '../collect/types.ts';
import { resourceFilter } from '../filters/resources.ts';
import { isListed } from '../filters/selection.ts';
import { noPolicies, type PolicyDocument } from '../policies/document.ts';
import { type LoadContext, loadPolicies } from '../policies/load.ts';
import { policySelection } from '../policies/selection.ts';
import { readRequest } from '../request.ts';
import { isNamespaces } from './request.ts';

/** Which objects of the live cluster a backup of the same spec would hold. */
export interface Coverage {
  /** Whether there can be any of the type. */
  type(type: ResourceType): boolean;
  /** `key`: as the backup calls it. */
  object(type: ResourceType, object: KubeObject, key: ObjectKey): boolean;
}

export interface CoverageContext extends Omit<LoadContext, 'discovery'> {
  /** Told why the resource policy of the backup cannot be asked; its filters alone decide then. */
  readonly onUnreadPolicy?: ((why: readonly Message[]) => void) | undefined;
}

/**
 * What a backup covers of a live cluster: the objects that it holds, and those that its filters and its resource policy,
 * as that is now, would take today.
 */
export async function coverageOf(
  { backup, archive }: { readonly backup: StoredBackup; readonly archive: Pick<Archive, 'keys'> },
  discovery: Discovery,
  context: CoverageContext,
): Promise<Coverage> {
  const spec = backup.spec ?? {};
  const { namespaces, selectors } = readRequest({ ...backup, metadata: backup.metadata, spec });
  const policies = await policiesOf(spec, { ...context, discovery });
  const { everything } = namespaces;
  const { filter } = resourceFilter(spec, discovery, everything, policies.includeExclude);
  const { selection } = policySelection(policies, { selectors, discovery, resources: filter });
  const listed = new Set(chooseTypes(discovery, filter).types.map(groupResource));
  const holds = keysOf(archive);
  const isTaken = (type: ResourceType, object: KubeObject): boolean => {
    const { metadata } = object;
    if (metadata.labels?.[veleroLabels.excludeFromBackup] === 'true') return false;
    if (metadata.deletionTimestamp !== undefined) return false;
    const place = isNamespaces(type) ? metadata.name : metadata.namespace;
    if (place !== undefined && !namespaces.includes(place)) return false;
    if (isNamespaces(type))
      return selectors.length === 0 || selectors.some(selector => matches(selector, metadata.labels));
    return (
      listed.has(groupResource(type)) &&
      isListed(selection, type, object) &&
      selection.admits(type, keyOf(object))
    );
  };
  return {
    type: type => isNamespaces(type) || listed.has(groupResource(type)) || holds(type).size > 0,
    object: (type, object, key) => holds(type).has(formatKey(key)) || isTaken(type, named(object, key)),
  };
}

function named(object: KubeObject, { namespace, name }: ObjectKey): KubeObject {
  return { ...object, metadata: { ...object.metadata, name, ...(namespace && { namespace }) } };
}

/** The policy is that of today: what it was at the time of the backup is not kept with it. */
async function policiesOf(
  spec: BackupSpec,
  context: CoverageContext & { readonly discovery: Discovery },
): Promise<PolicyDocument> {
  try {
    const { document, problems } = await loadPolicies(spec, context);
    if (problems.length === 0) return document;
    context.onUnreadPolicy?.(problems);
  } catch (thrown) {
    if (!isHozonError(thrown, 'kube.forbidden')) throw thrown;
    context.onUnreadPolicy?.([{ en: () => thrown.explain('en'), ja: () => thrown.explain('ja') }]);
  }
  return noPolicies;
}

/** The keys of one type at a time, so that memory does not hold those of all. */
function keysOf(archive: Pick<Archive, 'keys'>): (type: ResourceType) => ReadonlySet<string> {
  let last: { readonly name: string; readonly keys: ReadonlySet<string> } | undefined;
  return type => {
    const name = groupResource(type);
    if (last?.name !== name) last = { name, keys: new Set([...archive.keys(type)].map(formatKey)) };
    return last.keys;
  };
}
