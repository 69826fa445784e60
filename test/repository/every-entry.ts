import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lchown, link, mkdir, open, readdir, symlink, writeFile } from 'node:fs/promises';
import type { ResticVersion } from '#testbed/restic.ts';
import { makeNode, setAttribute, setTimes } from './file-calls.ts';

const megabyte = 1_000_000;

/**
 * A new directory with every sort of entry that a file system on Linux can hold, for which one has to be root: names of
 * any bytes, hard links, holes, devices, attributes, special bits, owners without a name, times to the nanosecond. What only `new` restic
 * can keep is left out for `debian`: 0.14 gives the attributes of a symlink to what it leads to, and knows where it leads only in UTF-8.
 */
export async function writeEveryEntry(root: string, version: ResticVersion): Promise<void> {
  await mkdir(root);
  await writeContents(root);
  await writeNames(root);
  await writeHoles(root);
  await writeNodes(root);
  await writeLinks(root);
  await writeAttributes(root);
  await writeModes(root);
  if (version === 'new') await writeSymlinkOddities(root);
  await writeTimes(Buffer.from(root));
}

async function writeContents(root: string): Promise<void> {
  await mkdir(`${root}/contents`);
  const contents = {
    empty: Buffer.alloc(0),
    'one byte': Buffer.of(0),
    'the least chunk': randomBytes(512 * 1024),
    'a byte more': randomBytes(512 * 1024 + 1),
    'many chunks': randomBytes(9 * megabyte),
    text: Buffer.from('the same line, again and again\n'.repeat(50_000)),
    'zeros of two chunks': Buffer.alloc(8 * 1024 * 1024 + 5),
  };
  for (const [name, content] of Object.entries(contents))
    await writeFile(`${root}/contents/${name}`, content);
  const file = await open(`${root}/contents/the same content`, 'w');
  await file.write(contents.text);
  await file.close();
}

async function writeNames(root: string): Promise<void> {
  await mkdir(`${root}/names`);
  const names = [
    'text <&> "quoted" \\',
    '日本語',
    'line\nend, tab\t, bell\u0007',
    'line separator \u2028, soft hyphen \u00ad, no character \u{10ffff}',
    '.hidden',
    '-rf',
    '...',
    ' ',
    'x'.repeat(255),
    "'; rm -rf $HOME #",
    '*?[a]',
  ].map(name => Buffer.from(name));
  const bytes = [Buffer.of(0xff, 0xfe), Buffer.from('caf\xe9', 'latin1'), Buffer.of(0xed, 0xa0, 0x80)];
  for (const name of [...names, ...bytes]) {
    await writeFile(below(`${root}/names`, name), name);
  }
  await symlink('where', below(`${root}/names`, Buffer.of(0x6c, 0xff)));
  const deep = Array.from({ length: 60 }, (_, at) => `directory ${at}`).join('/');
  await mkdir(`${root}/names/${deep}`, { recursive: true });
  await writeFile(`${root}/names/${deep}/at the end`, deep);
  await mkdir(below(`${root}/names`, Buffer.from('r\xe9pertoire', 'latin1')));
}

async function writeHoles(root: string): Promise<void> {
  await mkdir(`${root}/holes`);
  await sparse(`${root}/holes/in the middle`, 12 * megabyte, [0, 10 * megabyte]);
  await sparse(`${root}/holes/at the end`, 5 * megabyte, [megabyte]);
  await sparse(`${root}/holes/nothing else`, 6 * megabyte, []);
}

async function sparse(path: string, size: number, islands: readonly number[]): Promise<void> {
  await using file = await open(path, 'w');
  for (const at of islands) await file.write(randomBytes(5000), 0, 5000, at);
  await file.truncate(size);
}

async function writeNodes(root: string): Promise<void> {
  await mkdir(`${root}/nodes`);
  makeNode(Buffer.from(`${root}/nodes/fifo`), constants.S_IFIFO | 0o640);
  makeNode(Buffer.from(`${root}/nodes/terminal`), constants.S_IFCHR | 0o620, 0x0501n);
  makeNode(Buffer.from(`${root}/nodes/disk`), constants.S_IFBLK | 0o660, 0x0801n);
  makeNode(Buffer.from(`${root}/nodes/large numbers`), constants.S_IFBLK | 0o600, deviceOf(2748n, 703_710n));
}

/** As Linux packs a device's two numbers into one. */
function deviceOf(major: bigint, minor: bigint): bigint {
  return (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor >> 8n) << 20n) | ((major >> 12n) << 44n);
}

async function writeLinks(root: string): Promise<void> {
  await mkdir(`${root}/links/elsewhere`, { recursive: true });
  await writeFile(`${root}/links/first`, randomBytes(100_000));
  await link(`${root}/links/first`, `${root}/links/second`);
  await link(`${root}/links/first`, `${root}/links/elsewhere/third`);
  await link(`${root}/contents/many chunks`, `${root}/links/elsewhere/many chunks`);
  await writeFile(`${root}/links/empty`, '');
  await link(`${root}/links/empty`, `${root}/links/elsewhere/empty`);
  await symlink('../contents/text', `${root}/links/to a file`);
  await symlink('elsewhere', `${root}/links/to a directory`);
  await symlink('/nowhere/日本語', `${root}/links/to nothing`);
  await symlink('.', `${root}/links/to itself`);
  await symlink('x'.repeat(4000), `${root}/links/far`);
}

async function writeAttributes(root: string): Promise<void> {
  await mkdir(`${root}/attributes/directory`, { recursive: true });
  await mkdir(`${root}/attributes/empty directory`);
  for (const name of ['file', 'labelled', 'capable', 'access'])
    await writeFile(`${root}/attributes/${name}`, name);
  const on = (name: string, attribute: string, value: Buffer): void =>
    setAttribute(Buffer.from(`${root}/attributes/${name}`), attribute, value);
  on('file', 'user.empty', Buffer.alloc(0));
  on('file', 'user.bytes', Buffer.from([...Array(256).keys()]));
  on('file', 'user.日本語', Buffer.from('値'));
  on('file', 'trusted.overlay.opaque', Buffer.from('y'));
  on('labelled', 'security.selinux', Buffer.from('system_u:object_r:container_file_t:s0:c1,c2\0'));
  on('directory', 'user.of a directory', Buffer.from('1'));
  on('capable', 'security.capability', capability);
  on('access', 'system.posix_acl_access', acl);
  on('directory', 'system.posix_acl_default', acl);
}

async function writeSymlinkOddities(root: string): Promise<void> {
  await symlink('file', `${root}/attributes/link`);
  const label = Buffer.from('system_u:object_r:user_home_t:s0\0');
  setAttribute(Buffer.from(`${root}/attributes/link`), 'security.selinux', label);
  await symlink(Buffer.of(0x6e, 0xff, 0x2f, 0x6e), below(`${root}/names`, Buffer.from('to bytes')));
}

/** `cap_net_bind_service+ep`, as the kernel keeps it. */
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
/** `u::rw-,u:1000:r--,g::r--,m::r--,o::---`, as the kernel keeps it. */
const acl = Buffer.from(
  '0200000001000600ffffffff02000400e803000004000400ffffffff10000400ffffffff20000000ffffffff',
  'hex',
);

async function writeModes(root: string): Promise<void> {
  await mkdir(`${root}/modes/sticky`, { recursive: true });
  await mkdir(`${root}/modes/read only`);
  await writeFile(`${root}/modes/read only/file`, 'in a directory that is not written to');
  const modes = { setuid: 0o4755, setgid: 0o2755, all: 0o7777, none: 0, 'read only file': 0o444 };
  for (const [name, mode] of Object.entries(modes)) {
    await writeFile(`${root}/modes/${name}`, name);
    await lchown(`${root}/modes/${name}`, 12_345, 54_321);
    await chmod(`${root}/modes/${name}`, mode);
  }
  await symlink('none', `${root}/modes/link`);
  await lchown(`${root}/modes/link`, 4_000_000_000, 1);
  await chmod(`${root}/modes/sticky`, 0o3777);
  await chmod(`${root}/modes/read only`, 0o555);
}

/** Gives every entry times of its own: what is in a directory before the directory. */
async function writeTimes(root: Buffer): Promise<void> {
  let count = 0n;
  const walk = async (directory: Buffer): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
      const path = below(directory, entry.name);
      if (entry.isDirectory()) await walk(path);
      count++;
      const mtime = count % 10n === 0n ? -count * 1_000_000_001n : 1_600_000_000_123_456_789n + count;
      setTimes(path, { atime: 1_500_000_000_000_000_001n, mtime });
    }
  };
  await walk(root);
  setTimes(root, { atime: 1n, mtime: 999_999_999n });
}

function below(directory: string | Buffer, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(directory), Buffer.from('/'), name]);
}
