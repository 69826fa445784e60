import { findingsOfDirectory, type LocationFinding } from './filesystem/permissions.ts';
import { FilesystemStore } from './filesystem/store.ts';
import { type Location, parseLocationUrl } from './location-url.ts';
import type { ObjectStore } from './object-store.ts';
import { readOnly } from './read-only.ts';
import type { RetryPolicy } from './resumed-read.ts';
import { retrying } from './retrying.ts';

export interface OpenLocationOptions {
  /** Refuse writes, even where the location itself allows them. */
  readonly readOnly?: boolean | undefined;
  /** How failures that may pass are tried again; `false`: not at all. */
  readonly retry?: RetryPolicy | false | undefined;
  /** Told what is questionable about the location, before `openLocation` resolves. */
  readonly onFinding?: ((finding: LocationFinding) => void) | undefined;
}

/**
 * Opens a location given by its URL (see `parseLocationUrl`) or as data (see `fromBackupStorageLocation`).
 * What may be
 * tried again is (see `retrying`). Nothing is asked of it yet, so a location that cannot be reached is found out by the first operation.
 */
export async function openLocation(
  what: { readonly url: string } | { readonly location: Location },
  options: OpenLocationOptions = {},
): Promise<ObjectStore> {
  const location = 'location' in what ? what.location : parseLocationUrl(what.url);
  const opened = await openStore(location, options);
  const store = options.retry === false ? opened : retrying(opened, options.retry);
  return location.readOnly === true || options.readOnly === true ? readOnly(store) : store;
}

async function openStore(location: Location, options: OpenLocationOptions): Promise<ObjectStore> {
  if (location.kind === 's3') return (await import('./s3/store.ts')).openS3(location.s3);
  for (const finding of await findingsOfDirectory(location.path)) options.onFinding?.(finding);
  return new FilesystemStore(location.path);
}
