import { hash } from 'node:crypto';
import type { ExtendedAttribute } from '../../posix/extended-attribute.ts';
import type { Entry, EntryType } from '../entry.ts';
import { aclAttribute, isPlainAcl, type NamedIds } from './acl.ts';
import { reasons, TarFault } from './fault.ts';
import { attributePrefix, type TarMember } from './members.ts';
import { nanoseconds, wholeNumber } from './pax.ts';

/** What becomes of a member's type flag; others are no entries. */
const types: Readonly<Record<string, EntryType>> = {
  0: 'file',
  1: 'file',
  2: 'symlink',
  3: 'chardev',
  4: 'dev',
  5: 'dir',
  6: 'fifo',
  7: 'file',
};

/** The type of entry that a member is; `undefined` where it is none that can be stored. */
export function typeOfMember({ type }: TarMember): EntryType | undefined {
  return types[type];
}

/**
 * The entry that a member describes. A tar tells neither inodes nor how many names a file has: a file and the links to it get
 * the same inode, made of the path of the first, and more than one link, so that a restore joins them again.
 *
 * @param ids of the names that ACLs in words have
 * @throws TarFault
 */
export function memberEntry(
  member: TarMember,
  { path, type, ids }: { readonly path: Buffer; readonly type: EntryType; readonly ids: NamedIds },
): Entry {
  const { records } = member;
  const number = (key: string, otherwise: number) => wholeNumberOf(records.get(key), otherwise);
  const mtime = timeOf(records.get('mtime'), BigInt(member.mtime) * 1_000_000_000n);
  const uid = ownerId(number('uid', member.uid));
  const gid = ownerId(number('gid', member.gid));
  const first = member.type === '1' ? memberPath(member.link) : path;
  return {
    path,
    type,
    mode: member.mode,
    uid,
    gid,
    user: nameOf(records.get('uname') ?? member.user, uid),
    group: nameOf(records.get('gname') ?? member.group, gid),
    mtime,
    atime: timeOf(records.get('atime'), mtime),
    ctime: timeOf(records.get('ctime'), mtime),
    inode: type === 'file' ? inodeOf(first) : inodeOf(path),
    device: 0n,
    links: type === 'file' ? 2n : 1n,
    size: type === 'file' ? (member.sparse?.size ?? member.size) : 0,
    ...(type === 'symlink' ? { target: linkTarget(member.link) } : {}),
    ...(type === 'dev' || type === 'chardev' ? { rdev: deviceNumber(member) } : {}),
    attributes: [...attributesOf(records), ...aclsOf(records, ids)],
  };
}

/** A path as an entry has it; empty for the root. @throws TarFault where it leads outside, or is none */
export function memberPath(name: Buffer): Buffer {
  if (name.length === 0 || name.length > 4096 || name.includes(0)) throw new TarFault(reasons.name);
  if (name[0] === 0x2f) throw new TarFault(reasons.absolute);
  const segments = name.toString('latin1').split('/');
  if (segments.includes('..')) throw new TarFault(reasons.outside);
  const kept = segments.filter(segment => segment !== '' && segment !== '.');
  return Buffer.from(kept.join('/'), 'latin1');
}

/** 63 bits of a digest: the same path has the same in every tar. */
export function inodeOf(path: Buffer): bigint {
  return BigInt(`0x${hash('sha256', path, 'hex').slice(0, 16)}`) >> 1n;
}

function wholeNumberOf(value: Buffer | undefined, otherwise: number): number {
  return value === undefined ? otherwise : wholeNumber(value);
}

function ownerId(id: number): number {
  if (id < 0 || id > 0xffffffff) throw new TarFault(reasons.number);
  return id;
}

function timeOf(value: Buffer | undefined, otherwise: bigint): bigint {
  return value === undefined ? otherwise : nanoseconds(value);
}

/** busybox writes the number of who has no name. */
function nameOf(name: Buffer, id: number): string | undefined {
  const text = name.toString();
  return text === '' || text === String(id) ? undefined : text;
}

function linkTarget(target: Buffer): Buffer {
  if (target.length === 0 || target.includes(0) || target.length > 4096) throw new TarFault(reasons.name);
  return Buffer.from(target);
}

/** As Linux packs a device's two numbers into one. */
function deviceNumber({ major, minor }: TarMember): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (low & 0xffn) | ((high & 0xfffn) << 8n) | ((low >> 8n) << 20n) | ((high >> 12n) << 44n);
}

/** GNU tar's own, which leaves out the zero byte that the kernel keeps behind a label. */
const labelKey = 'RHT.security.selinux';

function attributesOf(records: ReadonlyMap<string, Buffer>): readonly ExtendedAttribute[] {
  const attributes: ExtendedAttribute[] = [];
  for (const [key, value] of records) {
    if (key.startsWith(attributePrefix)) {
      const name = key.slice(attributePrefix.length).replaceAll('%3D', '=').replaceAll('%25', '%');
      attributes.push({ name, value: Buffer.from(value) });
    } else if (key === labelKey) {
      attributes.push({ name: 'security.selinux', value: Buffer.concat([value, Buffer.of(0)]) });
    }
  }
  return attributes;
}

/** Records of ACLs in words, and the attributes in which the kernel keeps them. */
const aclRecords = [
  ['SCHILY.acl.access', 'system.posix_acl_access'],
  ['SCHILY.acl.default', 'system.posix_acl_default'],
] as const;

function aclsOf(records: ReadonlyMap<string, Buffer>, ids: NamedIds): readonly ExtendedAttribute[] {
  return aclRecords.flatMap(([key, name]) => {
    const text = records.get(key);
    if (text === undefined || records.has(attributePrefix + name)) return [];
    const value = aclAttribute(text.toString(), ids);
    const adds = value !== undefined && (key !== 'SCHILY.acl.access' || !isPlainAcl(value));
    return adds ? [{ name, value }] : [];
  });
}

/** Whether it has an ACL in words that is malformed, or names somebody whose id the tar does not tell. */
export function hasUnknownAcl({ records }: TarMember, ids: NamedIds): boolean {
  return aclRecords.some(([key, name]) => {
    const text = records.get(key);
    if (text === undefined || records.has(attributePrefix + name)) return false;
    return aclAttribute(text.toString(), ids) === undefined;
  });
}
