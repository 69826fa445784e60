import { groupResource, type KubeObject } from '#kube/objects.ts';
import { withImages } from '../changes/images.ts';
import { withStorageClasses } from '../changes/storage-classes.ts';
import { withInitHooks } from '../hooks/init.ts';
import type { Context, Item } from '../item.ts';
import { applyModifiers } from '../modifiers/apply.ts';
import { type Note, note } from '../notes.ts';
import { withMovedImages } from '../registry/images.ts';
import { withoutBuildSecrets } from '../registry/pull-secrets.ts';
import { withMappedTriggers } from '../registry/triggers.ts';
import { creatable, marked } from './transform.ts';

/** An item as it is to be sent, and what was done to it beyond what makes it creatable. */
export interface Prepared {
  readonly object: KubeObject;
  /** The numbers of the resource modifier's rules that changed it. */
  readonly modifiers: readonly number[];
  /** Rules that could not be applied to it. */
  readonly notes: readonly Note[];
}

/**
 * The item with everything done that a restore does to it, in Velero's order: made creatable, changed as the plugins'
 * ConfigMaps say, given its init hooks; then the resource modifier's rules, which see it in the namespace that it has
 * in the backup; then the namespace that it goes to, and the restore's marks. Pure.
 */
export function prepared(item: Item, context: Context): Prepared {
  const { type } = item;
  const { images, storageClasses, modifiers } = context.changes;
  const clean = withoutBuildSecrets(here(creatable(item, context), context), type);
  const changed = withStorageClasses(withImages(clean, type, images), type, storageClasses);
  const hooked = groupResource(type) === 'pods' ? withInitHooks(changed, hooksOf(context)) : changed;
  if (modifiers.length === 0) return { object: marked(hooked, context), modifiers: [], notes: [] };
  const { object, applied, problems } = applyModifiers(
    modifiers,
    inNamespace(hooked, item.object.metadata.namespace),
    groupResource(type),
  );
  return {
    object: marked(inNamespace(object, hooked.metadata.namespace), context),
    modifiers: applied,
    notes: problems.map(each => note('modifier-not-applied', each)),
  };
}

/** With its images where they are in this cluster, and rolled out when tags of the projects here change. */
function here(object: KubeObject, { registry, mapNamespace }: Context): KubeObject {
  if (registry === undefined) return object;
  return withMappedTriggers(withMovedImages(object, registry, mapNamespace), mapNamespace);
}

function hooksOf({ hooks: rules, restoreName }: Context): Parameters<typeof withInitHooks>[1] {
  return { rules, restoreName };
}

function inNamespace(object: KubeObject, namespace: string | undefined): KubeObject {
  if (object.metadata.namespace === namespace) return object;
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata: namespace === undefined ? metadata : { ...metadata, namespace } };
}
