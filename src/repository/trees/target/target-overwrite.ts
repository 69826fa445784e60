import { constants } from 'node:fs';
import type { EntryStatus } from '../../posix/at.ts';
import type { Described } from '../entry.ts';
import { typeBits } from './target-special.ts';

/**
 * What becomes of entries that are in the target already, directories aside, as restic has it: `always` makes each what the
 * snapshot says; `if-changed` does too, but takes a file of the same size and time of change for the same without reading it;
 * `if-newer` leaves what is not older than the snapshot's; `never` leaves everything.
 */
export const overwritePolicies = ['always', 'if-changed', 'if-newer', 'never'] as const;
export type OverwritePolicy = (typeof overwritePolicies)[number];

/**
 * What an entry of a snapshot means for what has its name in the target: `write` it anew, `keep` what is there and set only
 * its metadata, `compare` the contents to know which, `leave` it altogether.
 */
export type Decision = 'write' | 'keep' | 'compare' | 'leave';

/** `size` are the bytes of the content that a file is to have. What is decided of a symlink's target is up to who can read it. */
export function decide(
  policy: OverwritePolicy,
  entry: Described,
  { existing, size }: { readonly existing: EntryStatus | undefined; readonly size: number },
): Decision {
  if (existing === undefined) return 'write';
  if (policy === 'never') return 'leave';
  if (policy === 'if-newer' && entry.mtime <= existing.mtime) return 'leave';
  if ((existing.mode & constants.S_IFMT) !== typeBits[entry.type]) return 'write';
  // what has more names than it should is not changed in place: some may lie outside the target
  if (BigInt(existing.links) > (entry.links > 1n ? entry.links : 1n)) return 'write';
  return decideSameType(policy, entry, { existing, size });
}

function decideSameType(
  policy: OverwritePolicy,
  { type, mtime, rdev = 0n }: Described,
  { existing, size }: { readonly existing: EntryStatus; readonly size: number },
): Decision {
  if (type === 'file') {
    if (existing.size !== size) return 'write';
    return policy === 'if-changed' && existing.mtime === mtime ? 'keep' : 'compare';
  }
  if (type === 'symlink') return 'compare';
  const isDevice = type === 'dev' || type === 'chardev';
  return isDevice && existing.rdev !== rdev ? 'write' : 'keep';
}
