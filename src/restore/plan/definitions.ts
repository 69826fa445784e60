import { listAt, textAt, valueAt } from '#kube/fields.ts';
import { type GroupResource, groupResource, type KubeObject, type ResourceType } from '#kube/objects.ts';

/** The types that CustomResourceDefinitions of the restore will add to the cluster. */
export class PlannedTypes {
  readonly #versions = new Map<GroupResource, readonly string[]>();

  /** To be told of each definition that is to be written. */
  note(definition: KubeObject): void {
    const served = listAt(definition, 'spec', 'versions').filter(each => valueAt(each, 'served') === true);
    const versions = served.map(each => textAt(each, 'name')).filter(each => each !== undefined);
    this.#versions.set(definition.metadata.name, versions);
  }

  /** The backup's type as it will be served; `undefined` where it will not be. */
  find(archived: ResourceType): ResourceType | undefined {
    const versions = this.#versions.get(groupResource(archived)) ?? [];
    const version = versions.find(each => each === archived.version) ?? versions[0];
    return version === undefined ? undefined : { ...archived, version };
  }
}
