import { say } from '#foundation/language.ts';
import type { Progress } from '#foundation/progress.ts';
import type { HostedCluster } from '../hosted-cluster.ts';
import { type EncryptionSecret, type KeyMatch, matchKey } from '../key/match.ts';
import { keyInSecret } from '../key/read-key.ts';
import { withoutServerFields } from './clean.ts';
import type { ManifestText } from './documents.ts';
import { raise } from './errors.ts';
import { fetchSnapshot, isSameSnapshot } from './fetch-snapshot.ts';
import { blocking, type RestoreFinding, remark } from './finding.ts';
import { judgeKey, unmatched } from './judge-key.ts';
import { secretIn, withKeySecret } from './key-secret.ts';
import { clusterIn, withSnapshotUrl } from './snapshot-url.ts';
import { type TryOptions, tryUrl } from './try-url.ts';
import { judgeUrl, readUrl, type SnapshotUrl } from './url.ts';
import { judgeVolume } from './volume-size.ts';

export interface RestoreRequest {
  /** As it was written, or saved from a cluster. */
  readonly manifest: ManifestText;
  /** Of the HostedCluster, where the manifest has several. */
  readonly name?: string | undefined;
  readonly url: string;
  /** A copy of the snapshot on this machine; fetched from the URL where it is needed and not given. */
  readonly snapshot?: string | undefined;
  readonly keys: readonly EncryptionSecret[];
  /** The key becomes part of the manifest. */
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
  /** The key that the cluster has to have, in the manifest or on the management cluster. */
  readonly key: Uint8Array | undefined;
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
  const { cluster } = clusterIn(manifest, request.name);
  const url = urlOf(request.url);
  const judged = usable(judgeUrl(url, options.now));
  const tried = await triedUrl(url, options);
  const volume = tried.size === undefined ? [] : usable(judgeVolume(cluster, tried.size));
  const keyed = await withKnownKey({ ...request, manifest }, { cluster, url, size: tried.size }, options);
  const changed = withSnapshotUrl(keyed.manifest, clusterIn(keyed.manifest, request.name), url.url);
  return {
    cluster,
    manifest: changed,
    url,
    size: tried.size,
    match: keyed.match,
    key: keyed.key,
    findings: [...judged, ...tried.findings, ...volume, ...keyed.findings],
  };
}

function urlOf(text: string): SnapshotUrl {
  const url = readUrl(text.trim());
  if (url !== undefined) return url;
  throw raise['url-unusable']({ problem: 'it is no URL', problemJa: 'URL ではありません' });
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

interface Keyed {
  readonly manifest: ManifestText;
  readonly match: KeyMatch | undefined;
  readonly key: Uint8Array | undefined;
  readonly findings: readonly RestoreFinding[];
}

interface Target {
  readonly cluster: HostedCluster;
  readonly url: SnapshotUrl;
  readonly size: number | undefined;
}

/** The key that the restored cluster will have: the one that is put into the manifest, else the one that is there, else those given. */
async function withKnownKey(
  request: RestoreRequest,
  target: Target,
  options: PrepareOptions,
): Promise<Keyed> {
  const { manifest, keys } = request;
  const { cluster } = target;
  const name = cluster.secretEncryption?.activeKey;
  const rendered = renderedKeys(manifest, cluster);
  const known = keys.length > 0 ? keys : rendered;
  if (known.length === 0) {
    const findings = name === undefined ? [] : [unmatched(name)];
    return { manifest, match: undefined, key: undefined, findings };
  }
  const match = await matched(known, request, target, options);
  if (match === undefined) return { manifest, match, key: undefined, findings: [unmatched(name ?? '-')] };
  const findings = openable([...judgeKey(cluster, match), ...differing(rendered, request)]);
  const active = activeOf(known, match);
  if (!request.withKey) return { manifest, match, key: (rendered[0] ?? active)?.bytes, findings };
  return { match, findings, ...withKey(manifest, cluster, active ?? known[0]) };
}

/** The manifest with the Secret that the hosted cluster names, if it names one, and that Secret's key. */
function withKey(
  manifest: ManifestText,
  cluster: HostedCluster,
  secret: EncryptionSecret | undefined,
): Pick<Keyed, 'manifest' | 'key'> {
  const name = cluster.secretEncryption?.activeKey;
  if (name === undefined || secret === undefined) return { manifest, key: secret?.bytes };
  const { bytes } = secret;
  return { manifest: withKeySecret(manifest, cluster, { name, bytes }), key: bytes };
}

/** Of several keys the one that most values are under: what was active. */
function activeOf(keys: readonly EncryptionSecret[], { groups }: KeyMatch): EncryptionSecret | undefined {
  const [most] = groups.filter(({ secret }) => secret !== undefined).toSorted((a, b) => b.values - a.values);
  return keys.find(({ name }) => name === most?.secret);
}

function renderedKeys(manifest: ManifestText, cluster: HostedCluster): readonly EncryptionSecret[] {
  const { activeKey, backupKey } = cluster.secretEncryption ?? {};
  return [activeKey, backupKey].flatMap(name => {
    const found = name === undefined ? undefined : secretIn(manifest, cluster, name);
    if (name === undefined || found === undefined) return [];
    return [{ name, bytes: keyInSecret(found.object, `Secret ${name} in ${manifest.source}`) }];
  });
}

/** Every rendering makes a new key: that one is of no use, and must not stay where the saved one is not put in its place. */
function differing(
  rendered: readonly EncryptionSecret[],
  { keys, withKey }: RestoreRequest,
): RestoreFinding[] {
  const [made] = rendered;
  if (made === undefined || keys.length === 0) return [];
  if (keys.some(({ bytes }) => Buffer.from(bytes).equals(made.bytes))) return [];
  return [
    withKey
      ? remark('key-replaced', texts.replaced(made.name))
      : blocking('key-rendered', texts.rendered(made.name)),
  ];
}

function openable(findings: readonly RestoreFinding[]): readonly RestoreFinding[] {
  const found = findings.find(({ severity }) => severity === 'blocking');
  if (found === undefined) return findings;
  throw raise['key-unusable']({ problem: found.text.en(), problemJa: found.text.ja() });
}

/** `undefined` where the snapshot can only be had with the credentials of the hosted cluster. */
async function matched(
  keys: readonly EncryptionSecret[],
  { snapshot }: RestoreRequest,
  { url, size }: Target,
  options: PrepareOptions,
): Promise<KeyMatch | undefined> {
  if (snapshot !== undefined) {
    if (url.scheme === 'https' && !(await isSameSnapshot(url, { path: snapshot, size }, options)))
      throw raise['url-unusable']({
        problem: texts.other(snapshot).en(),
        problemJa: texts.other(snapshot).ja(),
      });
    return matchKey(snapshot, keys, options);
  }
  if (url.scheme !== 'https') return undefined;
  await using local = await fetchSnapshot(url, options);
  return await matchKey(local.path, keys, options);
}

const texts = {
  other: (file: string) =>
    say(
      `what is there is another snapshot than ${file}: it differs in size or checksum`,
      `そこにあるのは ${file} とは別のスナップショットです (サイズまたはチェックサムが異なります)`,
    ),
  replaced: (name: string) =>
    say(
      `Secret ${name} of the manifest held another key (every rendering makes a new one): the saved key is in its place now`,
      `マニフェストの Secret ${name} は別のキーでした (レンダリングのたびに新しいキーが作成されます)。保存したキーに置き換えました`,
    ),
  rendered: (name: string) =>
    say(
      `Secret ${name} of the manifest holds another key than the one given (every rendering makes a new one): give --with-key, too`,
      `マニフェストの Secret ${name} のキーは、指定されたキーと異なります (レンダリングのたびに新しいキーが作成されます)。--with-key も指定してください`,
    ),
};
