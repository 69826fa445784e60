import type { EntryStatus } from '../posix/at.ts';
import type { BytePath } from '../trees/byte-path.ts';
import type { Described } from '../trees/entry.ts';
import type { EnteredDirectory } from '../trees/target/directory-target.ts';

/** The name under which an entry of several names was restored first. */
export interface FirstName {
  readonly directory: EnteredDirectory;
  readonly name: BytePath;
  readonly content: readonly string[];
  /** `kept` where what was there is right; `undefined` while it is not known. */
  readonly outcome: () => 'written' | 'kept' | 'failed' | undefined;
}

/** Which entries of a snapshot are one under several names, and which entries of the target were taken for them. */
export class FirstNames {
  readonly #first = new Map<string, FirstName>();
  readonly #taken = new Map<string, string>();

  /** `undefined` where the entry has one name, or where this is its first; or, as no honest snapshot has it, its content is another. */
  of(entry: Described, content: readonly string[]): FirstName | undefined {
    const first = this.#first.get(identity(entry));
    if (entry.links <= 1n || first?.content.length !== content.length) return undefined;
    return content.every((id, at) => first.content[at] === id) ? first : undefined;
  }

  add(entry: Described, first: FirstName): void {
    if (entry.links > 1n && entry.inode !== 0n) this.#first.set(identity(entry), first);
  }

  /** Whether what is in the target, under several names, was taken for another entry already; it is taken for this one if not. */
  isTaken(existing: EntryStatus | undefined, entry: Described): boolean {
    if (existing === undefined || existing.links <= 1) return false;
    const there = `${existing.device}:${existing.inode}`;
    const wanted = identity(entry);
    const taken = this.#taken.get(there) ?? wanted;
    this.#taken.set(there, taken);
    return taken !== wanted;
  }
}

function identity({ type, device, inode }: Described): string {
  return `${type}:${device}:${inode}`;
}
