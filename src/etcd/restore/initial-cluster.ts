import { type Message, say } from '#foundation/language.ts';
import { raise } from '../errors.ts';

/** A member of a cluster that is going to be: `--initial-cluster` names each with its peer URLs. */
export interface PlannedMember {
  readonly name: string;
  /** In the order of their text, as etcd takes them. */
  readonly peerUrls: readonly string[];
}

/**
 * Reads `m0=https://10.0.0.10:2380,m1=https://10.0.0.11:2380`: a name that comes twice has two URLs. Sorted by name.
 *
 * @throws `etcd.restore-cluster` for what etcd would not start with
 */
export function readInitialCluster(text: string): readonly PlannedMember[] {
  const urls = new Map<string, string[]>();
  for (const part of text.split(',').filter(part => part.trim() !== '')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    if (at < 0 || name === '') throw refuse(reasons.noName(part));
    urls.set(name, [...(urls.get(name) ?? []), readPeerUrl(part.slice(at + 1))]);
  }
  const members = [...urls].map(([name, list]) => ({ name, peerUrls: list.toSorted(byText) }));
  if (members.length === 0) throw refuse(reasons.empty);
  const all = members.flatMap(({ peerUrls }) => peerUrls);
  const twice = all.find((url, at) => all.indexOf(url) !== at);
  if (twice !== undefined) throw refuse(reasons.twice(twice));
  return members.sort((a, b) => byText(a.name, b.name));
}

/** The URLs of `--initial-advertise-peer-urls`, sorted. @throws `etcd.restore-cluster` */
export function readPeerUrls(text: string): readonly string[] {
  return text.split(',').map(readPeerUrl).toSorted(byText);
}

/**
 * The member of that name, if it is among them with just these URLs.
 *
 * @param peerUrls those of the member unless given
 * @throws `etcd.restore-cluster`
 */
export function memberNamed(
  members: readonly PlannedMember[],
  name: string,
  peerUrls?: readonly string[],
): PlannedMember {
  const found = members.find(member => member.name === name);
  if (found === undefined) throw refuse(reasons.missing(name));
  if (peerUrls !== undefined && peerUrls.join() !== found.peerUrls.join()) {
    throw refuse(reasons.otherUrls(name, found.peerUrls.join(), peerUrls.join()));
  }
  return found;
}

/** Scheme, host and port, and nothing else. */
const peerUrl = /^(?:https?|unixs?):\/\/(?:\[[^\]/]+\]|[^/:?#]+):\d{1,5}$/;

function readPeerUrl(text: string): string {
  const url = text.trim();
  if (!peerUrl.test(url)) throw refuse(reasons.url(url));
  return url;
}

function byText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function refuse(reason: Message): Error {
  return raise['restore-cluster']({ reason });
}

const reasons = {
  empty: say('--initial-cluster names no member', '--initial-cluster にメンバーがありません'),
  noName: (part: string): Message =>
    say(
      `"${part}" in --initial-cluster is not NAME=URL`,
      `--initial-cluster の "${part}" は NAME=URL の形式ではありません`,
    ),
  url: (url: string): Message =>
    say(
      `"${url}" is not a peer URL: a scheme, a host and a port, without a path`,
      `"${url}" はピア URL ではありません (スキーム、ホスト、ポートのみを指定します)`,
    ),
  twice: (url: string): Message =>
    say(`${url} is in --initial-cluster twice`, `--initial-cluster に ${url} が重複しています`),
  missing: (name: string): Message =>
    say(
      `--initial-cluster has no member named ${name}`,
      `--initial-cluster に ${name} という名前のメンバーがありません`,
    ),
  otherUrls: (name: string, wanted: string, given: string): Message =>
    say(
      `${name} has the peer URLs ${wanted} in --initial-cluster, and ${given} in --initial-advertise-peer-urls`,
      `${name} のピア URL が --initial-cluster では ${wanted}、--initial-advertise-peer-urls では ${given} です`,
    ),
} as const;
