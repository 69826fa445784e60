import { statfs } from 'node:fs/promises';

/** Numbers of statfs(2) of file systems that keep their files on this machine: ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS, bcachefs. */
const ofThisMachine: ReadonlySet<number> = new Set([
  0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0xf2f5_2010, 0x2fc1_2fc1, 0xca45_1a4e,
]);

/** Whether a directory lies on a file system that is known to be one of this machine; `false` where the system does not say. */
export async function isOfThisMachine(directory: string): Promise<boolean> {
  try {
    return ofThisMachine.has((await statfs(directory)).type);
  } catch {
    return false;
  }
}
