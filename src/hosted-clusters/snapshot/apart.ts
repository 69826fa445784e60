import { say } from '#foundation/language.ts';
import { raise } from '../errors.ts';

/** Where something is kept, and by which credential it is reached. */
export interface Whereabouts {
  /** Without credentials, for messages. */
  readonly url: string;
  /** The bucket, or the directory of this machine by its real path. */
  readonly place:
    | { readonly kind: 'bucket'; readonly bucket: string }
    | { readonly kind: 'directory'; readonly path: string };
  /** What tells one credential from another, as `credentialOf` finds it. `undefined` where none is needed. */
  readonly credential: string | undefined;
}

/**
 * Refuses to keep the key of a cluster's Secrets where whoever gets at the snapshot gets at it, too: in the same bucket, in the same
 * directory or one in the other, or under the same credential. That a repository has a password of its own does not count:
 * it often lies beside the credential.
 *
 * @throws `hosted-cluster.key-beside`
 */
export function refuseBeside(snapshot: Whereabouts, key: Whereabouts): void {
  const reason = reasonOf(snapshot, key);
  if (reason !== undefined) throw raise['key-beside']({ snapshot: snapshot.url, key: key.url, reason });
}

function reasonOf({ place, credential }: Whereabouts, key: Whereabouts) {
  if (place.kind === 'bucket' && key.place.kind === 'bucket') {
    if (place.bucket === key.place.bucket) return reasons.bucket;
    return credential !== undefined && credential === key.credential ? reasons.credential : undefined;
  }
  if (place.kind === 'directory' && key.place.kind === 'directory') {
    const [a, b] = [place.path, key.place.path].map(path => `${path.replace(/\/+$/, '')}/`);
    if (a === undefined || b === undefined) return undefined;
    return a.startsWith(b) || b.startsWith(a) ? reasons.directory : undefined;
  }
  return undefined;
}

const reasons = {
  bucket: say('the same bucket', '同じバケットです'),
  directory: say('one directory is in the other', '一方が他方のディレクトリー内にあります'),
  credential: say('the same credential opens both', '同じ認証情報で両方にアクセスできます'),
} as const;
