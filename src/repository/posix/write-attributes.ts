import { constants } from 'node:os';
import { cString, errno, type LibcFunction, libc, systemError } from './libc.ts';

/** Where attributes are changed: an open file or directory, or what has a name in an open directory and is not opened. */
export type AttributeHolder =
  | { readonly descriptor: number }
  | { readonly directory: number; readonly name: Uint8Array };

export interface NamedAttribute {
  readonly name: string;
  readonly value: Uint8Array;
}

/** An attribute that could not be set or removed. */
export interface AttributeProblem {
  readonly name: string;
  readonly error: NodeJS.ErrnoException;
}

/** Bytes of all names of an entry's attributes, and of one value: Linux allows no more. */
const greatest = 65536;

/** The security module's own label: every entry has one where there is such a module, and none can be removed. */
const labels: ReadonlySet<string> = new Set(['security.selinux', 'security.SMACK64']);

interface Calls {
  readonly set: LibcFunction;
  readonly get: LibcFunction;
  readonly list: LibcFunction;
  readonly remove: LibcFunction;
}

let byDescriptor: Calls | undefined;
let byPath: Calls | undefined;

function callsOf(prefix: 'f' | 'l', first: string): Calls {
  const value = ['const void *', 'size_t'];
  return {
    set: libc(`${prefix}setxattr`, 'int', [first, 'const void *', ...value, 'int']),
    get: libc(`${prefix}getxattr`, 'int64', [first, 'const void *', 'void *', 'size_t']),
    list: libc(`${prefix}listxattr`, 'int64', [first, 'void *', 'size_t']),
    remove: libc(`${prefix}removexattr`, 'int', [first, 'const void *']),
  };
}

/**
 * Gives an entry exactly these extended attributes: sets them, and removes others, ACLs that it inherited included; not
 * a label of SELinux or Smack, which a policy gave, and nothing that is not `selected`. What cannot be set or removed is answered, and the rest done.
 */
export function replaceAttributes(
  holder: AttributeHolder,
  wanted: readonly NamedAttribute[],
  selected: (name: string) => boolean = all,
): readonly AttributeProblem[] {
  const named = 'descriptor' in holder;
  const calls = named ? (byDescriptor ??= callsOf('f', 'int')) : (byPath ??= callsOf('l', 'const void *'));
  const first = named ? holder.descriptor : pathOf(holder);
  const problems: AttributeProblem[] = [];
  let present: readonly string[];
  try {
    present = listNames(calls, first);
  } catch (thrown) {
    return [{ name: '*', error: thrown as NodeJS.ErrnoException }];
  }
  const keep = new Set(wanted.map(({ name }) => name));
  for (const name of present.filter(each => !keep.has(each) && !labels.has(each) && selected(each))) {
    collect(problems, name, () => remove(calls, first, name));
  }
  for (const each of wanted) {
    if (present.includes(each.name) && hasValue(calls, first, each)) continue;
    collect(problems, each.name, () => set(calls, first, each));
  }
  return problems;
}

/**
 * Whether what is made in an open directory may get attributes from it, other than a label of a security module: it has a default ACL,
 * or something that may be like one.
 */
export function handsDownAttributes(descriptor: number): boolean {
  const calls = (byDescriptor ??= callsOf('f', 'int'));
  return listNames(calls, descriptor).some(name => name.startsWith('system.'));
}

/** The name below the directory's own entry in `/proc`, which leads to the open directory itself. */
function pathOf({ directory, name }: { readonly directory: number; readonly name: Uint8Array }): Buffer {
  return cString(Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]));
}

function collect(problems: AttributeProblem[], name: string, action: () => void): void {
  try {
    action();
  } catch (thrown) {
    problems.push({ name, error: thrown as NodeJS.ErrnoException });
  }
}

const all = (): boolean => true;

const scratch = Buffer.alloc(greatest);

/** None where the file system has no attributes. */
function listNames({ list }: Calls, first: number | Buffer): readonly string[] {
  const size = list(first, scratch, greatest);
  if (size > 0) return scratch.toString('utf8', 0, size - 1).split('\0');
  if (size < 0 && errno() !== constants.errno.EOPNOTSUPP) throw systemError('listxattr', Buffer.alloc(0));
  return [];
}

function hasValue({ get }: Calls, first: number | Buffer, { name, value }: NamedAttribute): boolean {
  const size = get(first, cString(Buffer.from(name)), scratch, greatest);
  return size === value.length && scratch.subarray(0, size).equals(value);
}

function set(calls: Calls, first: number | Buffer, { name, value }: NamedAttribute): void {
  const text = Buffer.from(name);
  if (calls.set(first, cString(text), value, value.length, 0) === -1) throw systemError('setxattr', text);
}

function remove(calls: Calls, first: number | Buffer, name: string): void {
  const text = Buffer.from(name);
  if (calls.remove(first, cString(text)) === 0 || errno() === constants.errno.ENODATA) return;
  throw systemError('removexattr', text);
}
