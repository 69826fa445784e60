import type { Progress } from '#foundation/progress.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import type { RunIdentity } from './run-identity.ts';

export interface DeleteOptions extends StoreOptions {
  readonly identity: RunIdentity;
  readonly progress?: Progress | undefined;
}

export async function deleteBackup(store: ObjectStore, name: string, options: DeleteOptions): Promise<void> {
  throw new Error(`to come ${store.url} ${name} ${options.signal}`);
}
