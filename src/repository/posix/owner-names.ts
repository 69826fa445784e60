import { constants } from 'node:os';
import { type LibcFunction, libc } from './libc.ts';

/** The name of a user, by whatever the system asks (files, a directory service); asked once. */
export function userName(uid: number): string | undefined {
  return remembered(users, uid, 'getpwuid_r');
}

/** The name of a group; asked once. */
export function groupName(gid: number): string | undefined {
  return remembered(groups, gid, 'getgrgid_r');
}

const users = new Map<number, string | undefined>();
const groups = new Map<number, string | undefined>();

function remembered(
  known: Map<number, string | undefined>,
  id: number,
  call: 'getpwuid_r' | 'getgrgid_r',
): string | undefined {
  if (!known.has(id)) known.set(id, lookUp(call, id));
  return known.get(id);
}

/** A group's members are in the text too, so it may need much room. */
const leastText = 16 * 1024;
const mostText = 16 * 1024 * 1024;

function lookUp(call: 'getpwuid_r' | 'getgrgid_r', id: number): string | undefined {
  const ask = libc(call, 'int', ['uint', 'void *', 'void *', 'size_t', 'void *']);
  for (let room = leastText; room <= mostText; room *= 8) {
    const record = Buffer.alloc(256);
    const text = Buffer.alloc(room);
    const found = Buffer.alloc(8);
    const status = ask(id, record, text, room, found);
    if (status === constants.errno.ERANGE) continue;
    return status === 0 && found.readBigUInt64LE() !== 0n ? firstText(record, text) : undefined;
  }
  return undefined;
}

/** The name is the first member of `struct passwd` and of `struct group`: a pointer into the text that was given. */
function firstText(record: Buffer, text: Buffer): string {
  const pointer = record.readBigUInt64LE();
  const length = strlen()(pointer);
  if (length > text.length) throw new Error('a name longer than the room for it');
  const name = Buffer.alloc(length);
  memcpy()(name, pointer, length);
  return name.toString();
}

function strlen(): LibcFunction {
  return libc('strlen', 'size_t', ['const void *']);
}

function memcpy(): LibcFunction {
  return libc('memcpy', 'void', ['void *', 'const void *', 'size_t']);
}
