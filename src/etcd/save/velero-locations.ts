import { raise } from '../errors.ts';

/** Where objects are: a prefix of a bucket, without `/` at its ends, or a directory of this machine by its real path. */
export type Place =
  | { readonly kind: 'bucket'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'directory'; readonly path: string };

/** A place where backups are kept as Velero keeps them. */
export interface KnownLocation {
  readonly name: string;
  readonly origin: 'config' | 'cluster';
  readonly place: Place;
}

/**
 * Refuses to store files of these names in a place where one of them would come to lie in a storage location, at its top or further down:
 * Velero takes what is in its own directories for backups, and declares the location invalid for any other directory. A prefix
 * above a location is fine. Buckets of one name are taken for one bucket, since a server may be known by several addresses.
 *
 * @throws `etcd.save-velero-location`
 */
export function refuseLocations(
  target: { readonly url: string; readonly place: Place; readonly names: readonly string[] },
  locations: readonly KnownLocation[],
): void {
  const { url, place, names } = target;
  const found = locations.find(location => names.some(name => isWithin(pathOf(place, name), location.place)));
  if (found === undefined) return;
  throw raise['save-velero-location']({ url, location: found.name, origin: found.origin });
}

interface Path {
  readonly root: string;
  readonly segments: readonly string[];
}

function isWithin({ root, segments }: Path, place: Place): boolean {
  const above = pathOf(place);
  return root === above.root && above.segments.every((segment, at) => segments[at] === segment);
}

function pathOf(place: Place, name = ''): Path {
  const [root, path] =
    place.kind === 'bucket' ? [`bucket ${place.bucket}`, place.prefix] : ['directory', place.path];
  return { root, segments: `${path}/${name}`.split('/').filter(segment => segment !== '') };
}
