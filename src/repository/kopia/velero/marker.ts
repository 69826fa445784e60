import type { StoreOptions } from '#storage/object-store.ts';
import type { OpenKopia } from '../access/open.ts';

/** The blob by which Velero from 1.18 on knows that a repository is ready for it. kopia leaves it alone. */
export const veleroMarkerId = 'udmrepo.Repository';

/**
 * What Velero takes a repository for. It makes one that is `unmarked` its own: it takes over its maintenance, and marks it. One that
 * is `foreign` has the mark of another repository; Velero refuses it as corrupted.
 */
export type VeleroState = 'ready' | 'unmarked' | 'foreign';

const limit = 65536;

/** @throws what the store throws */
export async function veleroState(
  { blobs, uniqueId }: OpenKopia,
  options: StoreOptions = {},
): Promise<VeleroState> {
  const bytes = await blobs.find(veleroMarkerId, { ...options, limit });
  if (bytes === undefined) return 'unmarked';
  return uniqueIdIn(bytes)?.equals(uniqueId) === true ? 'ready' : 'foreign';
}

/** Marks a repository as one of Velero's. */
export async function writeVeleroMarker(
  { blobs, uniqueId }: OpenKopia,
  options: StoreOptions = {},
): Promise<void> {
  const document = JSON.stringify({ uniqueID: uniqueId.toString('base64') });
  await blobs.put(veleroMarkerId, Buffer.from(document), options);
}

function uniqueIdIn(bytes: Buffer): Buffer | undefined {
  try {
    const { uniqueID } = JSON.parse(bytes.toString()) as { readonly uniqueID?: unknown };
    return typeof uniqueID === 'string' ? Buffer.from(uniqueID, 'base64') : undefined;
  } catch {
    return undefined; // Velero refuses what it cannot read, too
  }
}
