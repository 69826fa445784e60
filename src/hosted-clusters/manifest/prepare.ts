import { say } from '#foundation/language.ts';
import type { Progress } from '#foundation/progress.ts';
import type { HostedCluster } from '../hosted-cluster.ts';
import type { EncryptionSecret, KeyMatch } from '../key/match.ts';
import { withoutServerFields } from './clean.ts';
import type { ManifestText } from './documents.ts';
import { raise } from './errors.ts';
import type { RestoreFinding } from './finding.ts';
import { judgePause } from './judge-pause.ts';
import { withKnownKeys } from './known-keys.ts';
import { clusterIn, type WantedCluster, withSnapshotUrl } from './snapshot-url.ts';
import { type TryOptions, tryUrl } from './try-url.ts';
import { judgeUrl, readUrl, type SnapshotUrl } from './url.ts';
import { judgeVolume } from './volume-size.ts';

export interface RestoreRequest {
  /** As it was written, or saved from a cluster. */
  readonly manifest: ManifestText;
  /** The HostedCluster, where the manifest may have several. */
  readonly wanted?: WantedCluster | undefined;
  readonly url: string;
  /** A copy of the snapshot on this machine; fetched from the URL where it is needed and not given. */
  readonly snapshot?: string | undefined;
  readonly keys: readonly EncryptionSecret[];
  /** The keys become part of the manifest. */
  readonly withKey: boolean;
}

export interface PrepareOptions extends TryOptions {
  readonly now: Date;
  readonly progress?: Progress | undefined;
}

/** A manifest that a hosted cluster can be restored with. */
export interface PreparedRestore {
  readonly cluster: HostedCluster;
  readonly manifest: ManifestText;
  readonly url: SnapshotUrl;
  /** Bytes of the snapshot, where they are known. */
  readonly size: number | undefined;
  /** `undefined` where no key was tried. */
  readonly match: KeyMatch | undefined;
  /** The keys that the cluster has to have, named as their Secrets, in the manifest or on the management cluster. */
  readonly keys: readonly EncryptionSecret[];
  readonly findings: readonly RestoreFinding[];
}

/**
 * Makes the manifest of a restore: the URL is judged and tried, the keys are matched to the snapshot, and only then the manifest is
 * changed, where it has to be. Nothing is written anywhere but a copy of the snapshot that goes again.
 *
 * @throws `hosted-manifest.*`, `hosted-key.unreadable`, `etcd.snapshot-*`
 */
export async function prepareRestore(
  request: RestoreRequest,
  options: PrepareOptions,
): Promise<PreparedRestore> {
  const manifest = withoutServerFields(request.manifest);
  const { cluster } = clusterIn(manifest, request.wanted);
  const url = urlOf(request.url);
  const judged = usable(judgeUrl(url, options.now));
  const tried = await triedUrl(url, options);
  const volume = tried.size === undefined ? [] : usable(judgeVolume(cluster, tried.size));
  const keyed = await withKnownKeys({ ...request, manifest }, { cluster, url, size: tried.size }, options);
  const changed = withSnapshotUrl(keyed.manifest, clusterIn(keyed.manifest, request.wanted), url.url);
  return {
    cluster,
    manifest: changed,
    url,
    size: tried.size,
    match: keyed.match,
    keys: keyed.keys,
    findings: [
      ...judged,
      ...tried.findings,
      ...volume,
      ...keyed.findings,
      ...judgePause(manifest, cluster, options.now),
    ],
  };
}

function urlOf(text: string): SnapshotUrl {
  const url = readUrl(text.trim());
  if (url !== undefined) return url;
  throw raise['url-unusable']({ problem: texts.noUrl.en(), problemJa: texts.noUrl.ja() });
}

/** @throws `hosted-manifest.url-unusable` for the first of them that blocks */
function usable(findings: readonly RestoreFinding[]): readonly RestoreFinding[] {
  const found = findings.find(({ severity }) => severity === 'blocking');
  if (found === undefined) return findings;
  throw raise['url-unusable']({ problem: found.text.en(), problemJa: found.text.ja() });
}

interface TriedUrl {
  readonly size: number | undefined;
  readonly findings: readonly RestoreFinding[];
}

async function triedUrl(url: SnapshotUrl, options: PrepareOptions): Promise<TriedUrl> {
  if (url.scheme !== 'https') return { size: undefined, findings: [] };
  const { size, findings } = await tryUrl(url, options);
  return { size, findings: usable(findings) };
}

const texts = {
  noUrl: say(
    'it is no URL, or more than one: there are spaces or line breaks in it',
    'URL ではないか、複数の URL です (空白または改行が含まれています)',
  ),
};
