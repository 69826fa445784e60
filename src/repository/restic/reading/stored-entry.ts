import type { StoredEntry } from '../../browsing/browsable.ts';
import { isObject, type Json, wholeNumber } from '../../format/go-json.ts';
import { parseTime } from '../../format/go-time.ts';
import type { ExtendedAttribute } from '../../posix/extended-attribute.ts';
import type { Described } from '../../trees/entry.ts';
import { latinNameOf, type TreeNode } from '../format/tree.ts';

/** Go's `os.FileMode` has these bits elsewhere than Linux. */
const setuid = 2 ** 23;
const setgid = 2 ** 22;
const sticky = 2 ** 20;
const permissions = 0o777;
const greatestId = 2n ** 32n - 1n;

/** An entry of a tree in words that all formats share. @throws Fault where its name is none */
export function storedEntry(node: TreeNode): StoredEntry {
  const { type, content, subtree } = node;
  return {
    name: latinNameOf(node),
    type,
    described: describedOf(node),
    directory: type === 'dir' ? (subtree ?? '') : undefined,
    content: type === 'file' ? (content ?? []) : [],
  };
}

/**
 * What a node of a tree says; `undefined` where it is of no type that can be made again, or its metadata makes no
 * sense. What older writers left out is 0, or the time of change. `size` is what the node says, and may be wrong.
 */
export function describedOf(node: TreeNode): Described | undefined {
  const { type, mode, user, group } = node;
  const owner = ownerOf(node);
  const times = timesOf(node);
  const attributes = attributesOf(node['extended_attributes']);
  if (type === 'irregular' || owner === undefined || times === undefined) return undefined;
  const isLink = type === 'symlink';
  if (attributes === undefined || (isLink && node.linktarget === undefined)) return undefined;
  return {
    type,
    mode: modeOf(mode ?? 0),
    ...owner,
    user,
    group,
    ...times,
    inode: numberOf(node['inode']),
    device: numberOf(node['device_id']),
    links: numberOf(node['links']),
    size: Number(numberOf(node.size)),
    target: isLink ? targetOf(node) : undefined,
    rdev: numberOf(node['device']),
    attributes,
  };
}

function ownerOf(node: TreeNode): Pick<Described, 'uid' | 'gid'> | undefined {
  const [uid, gid] = [idOf(node['uid']), idOf(node['gid'])];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** The time of change of the entry itself cannot be restored. */
function timesOf(node: TreeNode): Pick<Described, 'mtime' | 'atime' | 'ctime'> | undefined {
  const mtime = node.mtime === undefined ? 0n : timeOf(node.mtime);
  if (mtime === undefined) return undefined;
  const atime = node['atime'] === node.mtime ? mtime : (timeOf(node['atime']) ?? mtime);
  return { mtime, atime, ctime: mtime };
}

function numberOf(value: Json | undefined): bigint {
  return wholeNumber(value) ?? 0n;
}

function modeOf(mode: number): number {
  const special = (bit: number, value: number) => (Math.floor(mode / bit) % 2 === 1 ? value : 0);
  return (
    ((mode % 2 ** 31) & permissions) |
    special(setuid, 0o4000) |
    special(setgid, 0o2000) |
    special(sticky, 0o1000)
  );
}

function idOf(value: Json | undefined): number | undefined {
  if (value === undefined) return 0;
  const id = wholeNumber(value);
  return id === undefined || id < 0n || id > greatestId ? undefined : Number(id);
}

/** Files that were made together often have the same time. */
const knownTimes = new Map<string, bigint | undefined>();
const mostKnownTimes = 1024;

function timeOf(value: Json | undefined): bigint | undefined {
  if (typeof value !== 'string') return undefined;
  const known = knownTimes.get(value);
  if (known !== undefined) return known;
  const time = parseTime(value);
  if (knownTimes.size === mostKnownTimes) knownTimes.clear();
  knownTimes.set(value, time);
  return time;
}

/** Bytes that are no UTF-8 are kept beside the text that cannot hold them. */
function targetOf(node: TreeNode): Buffer {
  const raw = node['linktarget_raw'];
  return typeof raw === 'string' ? Buffer.from(raw, 'base64') : Buffer.from(node.linktarget ?? '');
}

function attributesOf(value: Json | undefined): readonly ExtendedAttribute[] | undefined {
  if (value === undefined || value === null) return none;
  if (!Array.isArray(value)) return undefined;
  const attributes = (value as readonly Json[]).map(attributeOf);
  return attributes.every(each => each !== undefined) ? attributes : undefined;
}

const none: readonly ExtendedAttribute[] = [];

function attributeOf(value: Json): ExtendedAttribute | undefined {
  if (!isObject(value) || typeof value['name'] !== 'string') return undefined;
  const { name, value: content = null } = value;
  if (content !== null && typeof content !== 'string') return undefined;
  return { name, value: Buffer.from(content ?? '', 'base64') };
}
