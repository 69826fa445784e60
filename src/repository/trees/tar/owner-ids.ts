import type { NamedIds } from './acl.ts';
import type { TarMember } from './members.ts';

/** So many names are remembered of each sort. */
const most = 10_000;

/** The ids that a tar's members give with the names of their owners: an ACL may name the same. */
export class OwnerIds implements NamedIds {
  readonly #users = new Map<string, number>();
  readonly #groups = new Map<string, number>();

  /** Remembers the owners of a member. */
  learn({ user, group, uid, gid, records }: TarMember): void {
    learnOne(this.#users, records.get('uname') ?? user, numberOf(records.get('uid'), uid));
    learnOne(this.#groups, records.get('gname') ?? group, numberOf(records.get('gid'), gid));
  }

  readonly user = (name: string): number | undefined => this.#users.get(name);
  readonly group = (name: string): number | undefined => this.#groups.get(name);
}

function learnOne(known: Map<string, number>, name: Buffer, id: number): void {
  if (name.length > 0 && known.size < most) known.set(name.toString(), id);
}

function numberOf(record: Buffer | undefined, otherwise: number): number {
  return record === undefined ? otherwise : Number(record.toString('latin1'));
}
