import { describeThrown, isHozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import type { DataDirectory } from './data-directory.ts';
import { fieldsOf, type RaftEntry, type RaftSnapshot, readSnapFile, readWalFile } from './raft-files.ts';

/**
 * Whether a member holds data of API 2, which no snapshot of API 3 has in it: such data is to be saved on its own with
 * `etcdctl backup`.
 */
export interface V2Answer {
  readonly v2Data: 'present' | 'absent' | 'unknown';
  readonly reason: Message;
}

const mostBytes = 512 * 1024 * 1024;

/**
 * Looks into a data directory: into the newest sound `.snap` file, which holds the whole v2 store, and into what raft's
 * log has written since. A key that was written and deleted since counts as present.
 *
 * @throws `remote.connection-lost`, `remote.unreachable`: no answer about the directory
 */
export async function readV2Data(directory: DataDirectory): Promise<V2Answer> {
  try {
    return await look(directory).catch((thrown: unknown) => {
      if (!isGone(thrown)) throw thrown;
      return look(directory); // etcd removed an old file in between
    });
  } catch (thrown) {
    if (unreachable.some(code => isHozonError(thrown, code))) throw thrown;
    const why = describeThrown(thrown);
    return { v2Data: 'unknown', reason: say(why, `データディレクトリーを読み取れません: ${why}`) };
  }
}

/** What has nothing to do with the directory. */
const unreachable = ['remote.connection-lost', 'remote.unreachable'];

function isGone(thrown: unknown): boolean {
  return (
    isHozonError(thrown, 'remote.file-missing') ||
    (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
  );
}

async function look(directory: DataDirectory): Promise<V2Answer> {
  const snapshot = await newestSnapshot(directory);
  if (snapshot !== undefined && storeHasKeys(snapshot.store))
    return { v2Data: 'present', reason: say('there are keys in its store', 'v2 ストアにキーがあります') };
  const from = snapshot?.index ?? 0n;
  if (await logWritesKeys(directory, from))
    return { v2Data: 'present', reason: say('its log writes keys', 'ログに v2 キーの書き込みがあります') };
  return { v2Data: 'absent', reason: say('there are no keys', 'v2 キーはありません') };
}

/** What the versions of the members tell: etcd 3.6 does not start on v2 data. */
export function v2DataByVersions(versions: readonly string[]): V2Answer {
  const modern =
    versions.length > 0 && versions.every(version => /^3\.(?:[6-9]|\d\d)\b|^[4-9]\./.test(version));
  if (modern)
    return {
      v2Data: 'absent',
      reason: say('etcd 3.6 and later have none', 'etcd 3.6 以降に v2 データはありません'),
    };
  return {
    v2Data: 'unknown',
    reason: say(
      'give a member’s --data-dir on its host',
      'メンバーのホスト上で --data-dir を指定すると確認できます',
    ),
  };
}

async function newestSnapshot(directory: DataDirectory): Promise<RaftSnapshot | undefined> {
  const names = (await directory.names('member/snap')).filter(name =>
    /^[0-9a-f]{16}-[0-9a-f]{16}\.snap$/.test(name),
  );
  for (const name of names.toSorted().toReversed()) {
    const snapshot = readSnapFile(await directory.read(`member/snap/${name}`, mostBytes));
    if (snapshot !== undefined) return snapshot;
  }
  return undefined;
}

interface StoreNode {
  readonly Children?: Readonly<Record<string, StoreNode>> | null;
}

/** Its JSON is that of a tree: `/0` is the membership, `/1` the keys. */
export function storeHasKeys(store: Buffer): boolean {
  const { Root } = JSON.parse(store.toString('utf8')) as { readonly Root?: StoreNode };
  return Object.entries(Root?.Children ?? {}).some(
    ([name, { Children }]) => name !== '0' && Object.keys(Children ?? {}).length > 0,
  );
}

/** Files are named by the number and the first index of each: those that a snapshot covers are left alone. */
async function logWritesKeys(directory: DataDirectory, after: bigint): Promise<boolean> {
  const files = (await directory.names('member/wal'))
    .filter(name => /^[0-9a-f]{16}-[0-9a-f]{16}\.wal$/.test(name))
    .toSorted();
  const firstIndex = (name: string): bigint => BigInt(`0x${name.slice(17, 33)}`);
  const needed = files.filter((_, at) => {
    const next = files[at + 1];
    return next === undefined || firstIndex(next) > after;
  });
  for (const name of needed) {
    for (const entry of readWalFile(await directory.read(`member/wal/${name}`, mostBytes)))
      if (entry.index > after && writesKey(entry)) return true;
  }
  return false;
}

/**
 * A request of API 2 is an `etcdserverpb.Request` (2 its method, 3 its path), on its own or as field 2 of an
 * `InternalRaftRequest`. Members announce themselves that way, under `/0`.
 */
export function writesKey({ normal, data }: RaftEntry): boolean {
  if (!normal || data.length === 0) return false;
  return isWrite(data) || isWrite(fieldsOf(data)?.bytes(2) ?? Buffer.alloc(0));
}

function isWrite(request: Buffer): boolean {
  const fields = fieldsOf(request);
  if (fields === undefined) return false;
  const path = fields.text(3);
  return ['PUT', 'POST'].includes(fields.text(2)) && path.startsWith('/') && !path.startsWith('/0/');
}
