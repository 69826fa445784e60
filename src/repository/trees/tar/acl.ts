/** The ids of names, as far as the tar tells them; `undefined` for a name that it does not. */
export interface NamedIds {
  readonly user: (name: string) => number | undefined;
  readonly group: (name: string) => number | undefined;
}

interface AclEntry {
  readonly tag: number;
  readonly permissions: number;
  readonly id: number;
}

/** Tags of `linux/posix_acl.h`. */
const tags = { userObject: 1, user: 2, groupObject: 4, group: 8, mask: 16, other: 32 } as const;
const version = 2;
const noId = 0xffffffff;
const mostEntries = 10_000;

/**
 * A POSIX ACL in words, as tar's records `SCHILY.acl.access` and `.default` hold it (`user::rw-,user:lisa:rw-,mask::r--,…`; a number behind the
 * permissions is the id, as star writes it), as the kernel keeps it in an attribute. `undefined` where it is malformed, or names one whose
 * id is not known.
 * Source: acl(5), "LONG TEXT FORM" and "SHORT TEXT FORM"; `linux/posix_acl_xattr.h`.
 */
export function aclAttribute(text: string, ids: NamedIds): Buffer | undefined {
  const lines = text
    .split(/[,\n]/)
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '');
  const read = lines.slice(0, mostEntries).map(line => entryOf(line, ids));
  const entries = read.filter(each => each !== undefined);
  if (entries.length < lines.length || !isWhole(entries)) return undefined;
  const sorted = entries.toSorted((a, b) => a.tag - b.tag || a.id - b.id);
  const bytes = Buffer.alloc(4 + 8 * sorted.length);
  bytes.writeUInt32LE(version);
  for (const [at, { tag, permissions, id }] of sorted.entries()) {
    bytes.writeUInt16LE(tag, 4 + 8 * at);
    bytes.writeUInt16LE(permissions, 6 + 8 * at);
    bytes.writeUInt32LE(id, 8 + 8 * at);
  }
  return bytes;
}

/** Whether it says no more than a mode does: then the kernel keeps no attribute of it for a file's own permissions. */
export function isPlainAcl(attribute: Buffer): boolean {
  return attribute.length === 4 + 8 * 3;
}

/** It has owner, group and others once, and a mask where anybody is named. */
function isWhole(entries: readonly AclEntry[]): boolean {
  const count = (tag: number): number => entries.filter(each => each.tag === tag).length;
  const named = count(tags.user) + count(tags.group) > 0;
  const masks = count(tags.mask);
  return (
    [tags.userObject, tags.groupObject, tags.other].every(tag => count(tag) === 1) &&
    (masks === 1 || (masks === 0 && !named))
  );
}

const form = /^(user|u|group|g|mask|m|other|o):(?:([^:]*):)?([r-][w-][x-])(?::(\d{1,10}))?$/;

function entryOf(line: string, ids: NamedIds): AclEntry | undefined {
  const [, kind = '', name = '', letters = '', number] = form.exec(line) ?? [];
  const { unnamed, named } = sorts[kind.charAt(0)] ?? {};
  const permissions = permissionsOf(letters);
  if (unnamed !== undefined && name === '') return { tag: unnamed, permissions, id: noId };
  const id = named && idOf(name, number, ids[named.ids]);
  return named && id !== undefined && id < noId ? { tag: named.tag, permissions, id } : undefined;
}

function permissionsOf(letters: string): number {
  return ['r', 'w', 'x'].reduce((bits, letter) => 2 * bits + (letters.includes(letter) ? 1 : 0), 0);
}

interface Sort {
  readonly unnamed: number;
  readonly named?: { readonly tag: number; readonly ids: keyof NamedIds };
}

/** By the first letter of the word. */
const sorts: Readonly<Record<string, Sort>> = {
  u: { unnamed: tags.userObject, named: { tag: tags.user, ids: 'user' } },
  g: { unnamed: tags.groupObject, named: { tag: tags.group, ids: 'group' } },
  m: { unnamed: tags.mask },
  o: { unnamed: tags.other },
};

function idOf(
  name: string,
  number: string | undefined,
  known: (name: string) => number | undefined,
): number | undefined {
  if (number !== undefined) return Number(number);
  return /^\d{1,10}$/.test(name) ? Number(name) : known(name);
}
