import type { GroupResource, KubeObject, ObjectKey, ResourceType } from '#kube/objects.ts';
import type { RelatedReader } from './reader.ts';

/** An object that belongs in the backup because another one does; it may not exist. */
export interface RelatedItem {
  readonly resource: GroupResource;
  readonly key: ObjectKey;
}

export interface Item {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

/** What an item brings along, in the order in which it is to be stored. */
export async function relatedTo(item: Item, reader: RelatedReader): Promise<readonly RelatedItem[]> {
  void item;
  void reader;
  throw new Error('not written yet');
}
