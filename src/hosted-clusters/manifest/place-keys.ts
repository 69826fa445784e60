import { say } from '#foundation/language.ts';
import { keyNameOf } from '../key/fnv.ts';
import type { EncryptionSecret, KeyMatch } from '../key/match.ts';
import { blocking, type RestoreFinding } from './finding.ts';

/** The Secrets that a HostedCluster names for its keys, the active one first. */
export interface KeyPlaces {
  readonly names: readonly string[];
  /** What the manifest has in them. */
  readonly rendered: readonly EncryptionSecret[];
}

/** Given keys, each as the Secret that it belongs into, and those of which nothing says where they belong. */
export interface PlacedKeys {
  readonly placed: readonly EncryptionSecret[];
  readonly left: readonly EncryptionSecret[];
}

/**
 * Finds the place of each key: by the name of its Secret or file, else where the manifest has the same bytes already. How many values are under a
 * key says nothing of its place: while a key is rotated, most are still under the backup key. One single key without a name is the active one.
 */
export function placeKeys({ names, rendered }: KeyPlaces, given: readonly EncryptionSecret[]): PlacedKeys {
  const placed: EncryptionSecret[] = [];
  const nameless: EncryptionSecret[] = [];
  for (const key of given) {
    const name = names.find(each => each === plainName(key.name));
    const isTaken = placed.some(each => each.name === name && !isSame(each, key));
    if (name === undefined || isTaken) nameless.push(key);
    else if (!placed.some(each => each.name === name)) placed.push({ name, bytes: key.bytes });
  }
  const left: EncryptionSecret[] = [];
  for (const key of nameless) {
    if ([...placed, ...left].some(each => isSame(each, key))) continue;
    const there = rendered.find(each => isSame(each, key) && !placed.some(({ name }) => name === each.name));
    if (there === undefined) left.push(key);
    else placed.push(there);
  }
  const [only] = left;
  const [active] = names;
  if (only === undefined || active === undefined || left.length + placed.length > 1) return { placed, left };
  return { placed: [{ name: active, bytes: only.bytes }], left: [] };
}

/** Places what {@link placeKeys} has left, by what the snapshot says of it; a finding where that does not tell. */
export function placeByValues(
  { names }: KeyPlaces,
  { placed, left }: PlacedKeys,
  { groups }: KeyMatch,
): readonly EncryptionSecret[] | RestoreFinding {
  const opening = left.filter(({ bytes }) =>
    groups.some(({ keyName, decrypted }) => decrypted > 0 && keyName === keyNameOf(bytes)),
  );
  const free = names.filter(name => !placed.some(each => each.name === name));
  const [only, second] = opening;
  const [name] = free;
  const said = opening.map(each => each.name).join(', ');
  if (only === undefined || names.length === 0) return placed;
  if (name === undefined || opening.length > free.length)
    return blocking('key-no-place', texts.noPlace(said, names));
  if (second !== undefined) return blocking('key-ambiguous', texts.ambiguous(said, names));
  return [...placed, { name, bytes: only.bytes }];
}

/** Of `NAMESPACE/NAME`, and of a file that was named after its Secret. */
function plainName(name: string): string {
  return (name.split('/').at(-1) ?? name).replace(/\.(?:json|ya?ml|key)$/, '');
}

function isSame(a: EncryptionSecret, b: EncryptionSecret): boolean {
  return Buffer.from(a.bytes).equals(b.bytes);
}

const texts = {
  noPlace: (keys: string, names: readonly string[]) =>
    say(
      `the snapshot has values under ${keys}, and the HostedCluster names ${names.join(', ')} only, with another key: name both Secrets, spec.secretEncryption.aescbc.activeKey and backupKey`,
      `スナップショットには ${keys} で暗号化された値がありますが、HostedCluster が参照するのは別のキーの ${names.join('、')} だけです。spec.secretEncryption.aescbc.activeKey と backupKey に両方の Secret を指定してください`,
    ),
  ambiguous: (keys: string, names: readonly string[]) =>
    say(
      `the snapshot has values under each of ${keys}, and nothing says which of them is ${names.join(' and which ')}: give them as Secrets with their names, \`oc create secret generic NAME --from-file=key=FILE --dry-run=client -o yaml > NAME.yaml\``,
      `スナップショットには ${keys} のそれぞれで暗号化された値がありますが、どれが ${names.join(' と ')} か判断できません。\`oc create secret generic NAME --from-file=key=FILE --dry-run=client -o yaml > NAME.yaml\` で名前付きの Secret にして指定してください`,
    ),
};
