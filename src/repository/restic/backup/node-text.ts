import { isUtf8 } from 'node:buffer';
import { jsonBytes, jsonText } from '../../format/go-json-text.ts';
import { localTimes } from '../../format/go-local-time.ts';
import { quoteName } from '../../format/go-quote.ts';
import { type BytePath, pathBytes } from '../../trees/byte-path.ts';
import type { Entry, EntryType } from '../../trees/entry.ts';

/** Go's `os.FileMode` of each type. */
const typeBits: Readonly<Record<EntryType, number>> = {
  file: 0,
  dir: 2 ** 31,
  symlink: 2 ** 27,
  dev: 2 ** 26,
  chardev: 2 ** 26 + 2 ** 21,
  fifo: 2 ** 25,
  socket: 2 ** 24,
};

/** Which of an entry's members a node has. */
export interface NodeOptions {
  /** The time of the last access; otherwise a node has that of the last change in its place. */
  readonly withAtime: boolean;
}

/** A name that neither Go's quoting nor its JSON changes. */
const plainName = /^[ !#-%'-;=?-[\]-~]*$/;

/** An entry's name as it stands in a tree, with its quotes. */
export function nodeName(name: BytePath): string {
  return plainName.test(name) ? `"${name}"` : jsonText(quoteName(pathBytes(name)));
}

/**
 * The text of a node up to its content, byte for byte as restic writes it: members in its order, those that are zero or empty
 * left out. After it come `null}`, a list of ids and `}`, or, for a directory, the id of its tree and `"}`. Equal heads are equal
 * metadata. `name` is what {@link nodeName} makes.
 */
export type NodeHead = (entry: Entry, name: string) => string;

/** Makes heads of nodes; what entries share with the one before is not made again. */
export function nodeHeads({ withAtime }: NodeOptions): NodeHead {
  const localTime = localTimes();
  const changed = keptFor(localTime);
  const statusChanged = keptFor(localTime);
  const device = keptFor((id: bigint) => (id === 0n ? '' : `,"device_id":${id}`));
  const owner = keptOwner();
  return (entry, name) => {
    const { type, mtime, inode } = entry;
    const mode = modeOf(entry);
    const time = changed(mtime);
    return (
      `{"name":${name},"type":"${type}"${mode === 0 ? '' : `,"mode":${mode}`}` +
      `,"mtime":"${time}","atime":"${withAtime ? localTime(entry.atime) : time}","ctime":"${statusChanged(entry.ctime)}"` +
      `${owner(entry)}${inode === 0n ? '' : `,"inode":${inode}`}${device(entry.device)}` +
      `${special(entry)}${attributes(entry)}${deviceNumber(entry)}` +
      (type === 'dir' ? ',"content":null,"subtree":"' : ',"content":')
    );
  };
}

/** The head of one node. */
export function nodeHead(entry: Entry, name: string, options: NodeOptions): string {
  return nodeHeads(options)(entry, name);
}

/** Calls `make` only where what it is asked for differs from the last time. */
function keptFor(make: (value: bigint) => string): (value: bigint) => string {
  let last: bigint | undefined;
  let text = '';
  return value => {
    if (value !== last) [last, text] = [value, make(value)];
    return text;
  };
}

function keptOwner(): (entry: Entry) => string {
  let last: Entry | undefined;
  let text = '';
  return entry => {
    const { uid, gid, user = '', group = '' } = entry;
    if (last?.uid === uid && last.gid === gid && last.user === entry.user && last.group === entry.group) {
      return text;
    }
    last = entry;
    text = `,"uid":${uid},"gid":${gid}${user === '' ? '' : `,"user":${jsonText(user)}`}`;
    text += group === '' ? '' : `,"group":${jsonText(group)}`;
    return text;
  };
}

function modeOf({ type, mode }: Entry): number {
  const sticky = (mode & 0o1000) === 0 ? 0 : 2 ** 20;
  const setgid = (mode & 0o2000) === 0 ? 0 : 2 ** 22;
  const setuid = (mode & 0o4000) === 0 ? 0 : 2 ** 23;
  return typeBits[type] + setuid + setgid + sticky + (mode & 0o777);
}

/** `size`, `links` and `linktarget`, for the types that have them. */
function special({ type, size, links, target }: Entry): string {
  if (type === 'dir' || type === 'fifo' || type === 'socket') return '';
  const counted = links === 1n ? ',"links":1' : links === 0n ? '' : `,"links":${links}`;
  if (type === 'file') return size === 0 ? counted : `,"size":${size}${counted}`;
  if (type !== 'symlink' || target === undefined || target.length === 0) return counted;
  const raw = isUtf8(target) ? '' : `,"linktarget_raw":"${target.toString('base64')}"`;
  return `${counted},"linktarget":${jsonBytes(target)}${raw}`;
}

function attributes({ attributes }: Entry): string {
  if (attributes.length === 0) return '';
  const texts = attributes.map(
    ({ name, value }) => `{"name":${jsonText(name)},"value":"${value.toString('base64')}"}`,
  );
  return `,"extended_attributes":[${texts.join(',')}]`;
}

function deviceNumber({ type, rdev = 0n }: Entry): string {
  return (type === 'dev' || type === 'chardev') && rdev !== 0n ? `,"device":${rdev}` : '';
}

/** The content of a file behind its head. */
export function contentText(content: readonly string[]): string {
  return content.length === 0 ? '[]}' : `["${content.join('","')}"]}`;
}
