import { say } from '#foundation/language.ts';
import type { HostedCluster } from '../hosted-cluster.ts';
import { type EncryptionSecret, type KeyMatch, matchKey } from '../key/match.ts';
import { keyInSecret } from '../key/read-key.ts';
import type { ManifestText } from './documents.ts';
import { raise } from './errors.ts';
import { fetchSnapshot, isSameSnapshot, type LocalSnapshot } from './fetch-snapshot.ts';
import { blocking, type RestoreFinding, remark } from './finding.ts';
import { judgeKey, unmatched } from './judge-key.ts';
import { secretIn, withKeySecret } from './key-secret.ts';
import { type KeyPlaces, placeByValues, placeKeys } from './place-keys.ts';
import type { PrepareOptions, RestoreRequest } from './prepare.ts';
import type { SnapshotUrl } from './url.ts';

/** A manifest with the keys that its cluster will have. */
export interface Keyed {
  readonly manifest: ManifestText;
  /** `undefined` where no key was tried. */
  readonly match: KeyMatch | undefined;
  /** Named as the Secrets that the HostedCluster names: what is in the manifest, else what was given. */
  readonly keys: readonly EncryptionSecret[];
  readonly findings: readonly RestoreFinding[];
}

/** What is restored, and from where. */
export interface RestoreTarget {
  readonly cluster: HostedCluster;
  readonly url: SnapshotUrl;
  /** Bytes of the object, where the server says. */
  readonly size: number | undefined;
}

/**
 * Puts the given keys where the HostedCluster names them (`withKey`), and matches what the restored cluster will have to the snapshot.
 *
 * @throws `hosted-manifest.key-unusable`, `hosted-manifest.url-unusable`, `hosted-manifest.unusual`, `hosted-key.unreadable`, `etcd.snapshot-*`
 */
export async function withKnownKeys(
  request: RestoreRequest,
  target: RestoreTarget,
  options: PrepareOptions,
): Promise<Keyed> {
  const { manifest, keys } = request;
  const { cluster } = target;
  const places = placesIn(manifest, cluster);
  const [active] = places.names;
  const isKnown = keys.length > 0 || places.rendered.length > 0;
  await using local = isKnown ? await localSnapshot(request, target, options) : undefined;
  if (local === undefined) {
    const findings = isKnown || active !== undefined ? [unmatched(active ?? '-')] : [];
    return { manifest, match: undefined, keys: [], findings };
  }
  const given = await placed(places, keys, found => matchKey(local.path, found, options));
  const differing = usable(given.flatMap(each => differingFrom(places, each, request.withKey)));
  const changed = request.withKey ? withAll(manifest, cluster, given) : manifest;
  const all = keysOf(placesIn(changed, cluster), given);
  const match = await matchKey(local.path, all, options);
  return {
    manifest: changed,
    match,
    keys: all,
    findings: [...usable(judgeKey(cluster, match)), ...differing],
  };
}

async function placed(
  places: KeyPlaces,
  given: readonly EncryptionSecret[],
  match: (keys: readonly EncryptionSecret[]) => Promise<KeyMatch>,
): Promise<readonly EncryptionSecret[]> {
  const byName = placeKeys(places, given);
  if (byName.left.length === 0) return byName.placed;
  const found = placeByValues(places, byName, await match(byName.left));
  if ('severity' in found) usable([found]);
  return 'severity' in found ? [] : found;
}

function placesIn(manifest: ManifestText, cluster: HostedCluster): KeyPlaces {
  const { activeKey, backupKey } = cluster.secretEncryption ?? {};
  const names = [activeKey, backupKey].filter(name => name !== undefined);
  const rendered = names.flatMap(name => {
    const found = secretIn(manifest, cluster, name);
    if (found === undefined) return [];
    return [{ name, bytes: keyInSecret(found.object, `Secret ${name} in ${manifest.source}`) }];
  });
  return { names, rendered };
}

/** What each place will hold. */
function keysOf({ names, rendered }: KeyPlaces, given: readonly EncryptionSecret[]): EncryptionSecret[] {
  return names.flatMap(name => [...rendered, ...given].find(each => each.name === name) ?? []);
}

function withAll(
  manifest: ManifestText,
  cluster: HostedCluster,
  keys: readonly EncryptionSecret[],
): ManifestText {
  return keys.reduce((text, key) => withKeySecret(text, cluster, key), manifest);
}

/** Every rendering makes a new key: that one is of no use, and must not stay where the saved one is not put in its place. */
function differingFrom(
  { rendered }: KeyPlaces,
  { name, bytes }: EncryptionSecret,
  withKey: boolean,
): RestoreFinding[] {
  const made = rendered.find(each => each.name === name);
  if (made === undefined || Buffer.from(made.bytes).equals(bytes)) return [];
  return [
    withKey ? remark('key-replaced', texts.replaced(name)) : blocking('key-rendered', texts.rendered(name)),
  ];
}

/** @throws `hosted-manifest.key-unusable` for the first of them that blocks */
function usable(findings: readonly RestoreFinding[]): readonly RestoreFinding[] {
  const found = findings.find(({ severity }) => severity === 'blocking');
  if (found === undefined) return findings;
  throw raise['key-unusable']({ problem: found.text.en(), problemJa: found.text.ja() });
}

/** The copy that was given, else one that is fetched; `undefined` where it can only be had with the credentials of the hosted cluster. */
async function localSnapshot(
  { snapshot }: RestoreRequest,
  target: RestoreTarget,
  options: PrepareOptions,
): Promise<LocalSnapshot | undefined> {
  const isOpen = target.url.scheme === 'https';
  if (snapshot === undefined) return isOpen ? fetchSnapshot(target, options) : undefined;
  if (isOpen && !(await isSameSnapshot(target, snapshot, options)))
    throw raise['url-unusable']({
      problem: texts.other(snapshot).en(),
      problemJa: texts.other(snapshot).ja(),
    });
  return { path: snapshot, [Symbol.asyncDispose]: async () => {} };
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
