import { type AtRevision, eachKeyAt } from './key-values.ts';
import { type NameSet, NameTable } from './name-table.ts';
import type { RecordScan } from './record-scan.ts';
import type { Records } from './records.ts';

/** The keys that there were at a revision. @throws `etcd.snapshot-compacted`, `etcd.snapshot-revision`, `etcd.snapshot-damaged` */
export async function listKeys(records: Records, options: AtRevision = {}): Promise<KeyList> {
  const keys = new KeyList();
  await eachKeyAt(records, options, record => keys.add(record));
  return keys;
}

/** What begins alike up to a slash: the keys that end behind it, and what goes on below. */
interface Directory extends NameSet {
  /** Its last part, with the slash. */
  readonly name: string;
  readonly below: Directory[];
}

const slash = 0x2f;
/** Keys of API servers have six at most: what is behind so many is one name, so that no key makes the walk deep, or many directories. */
const mostParts = 8;

/**
 * Millions of keys, in the order of their bytes: each takes what is behind its last slash and some dozen bytes more. Of the texts each
 * character is a byte.
 */
export class KeyList implements Iterable<string> {
  readonly #names = new NameTable();
  readonly #root: Directory = { name: '', below: [], last: 0, size: 0 };
  readonly #directories = new Map<string, Directory>([['', this.#root]]);

  get length(): number {
    return this.#names.length;
  }

  add({ bytes, key, keyEnd }: Pick<RecordScan, 'bytes' | 'key' | 'keyEnd'>): void {
    let nameAt = key;
    for (let at = key, parts = 0; at < keyEnd && parts < mostParts; at++) {
      if (bytes[at] !== slash) continue;
      nameAt = at + 1;
      parts++;
    }
    const { buffer, byteOffset } = bytes;
    const prefix = Buffer.from(buffer, byteOffset + key, nameAt - key).toString('latin1');
    this.#names.add(this.#directory(prefix), bytes, nameAt, keyEnd);
  }

  *[Symbol.iterator](): Generator<string> {
    yield* this.#walk(this.#root, '');
  }

  #directory(prefix: string): Directory {
    const known = this.#directories.get(prefix);
    if (known !== undefined) return known;
    const from = prefix.length === 1 ? 0 : prefix.lastIndexOf('/', prefix.length - 2) + 1;
    const made: Directory = { name: prefix.slice(from), below: [], last: 0, size: 0 };
    this.#directory(prefix.slice(0, from)).below.push(made);
    this.#directories.set(prefix, made);
    return made;
  }

  /** A name sorts among directories as what it is: `b` and `b-x` before `b/`, and that before `bz`. */
  *#walk(directory: Directory, prefix: string): Generator<string> {
    const numbers = this.#names.numbersIn(directory).sort((a, b) => this.#names.compare(a, b));
    const below = directory.below.sort((a, b) => (a.name < b.name ? -1 : 1));
    let next = 0;
    for (const number of numbers) {
      const name = this.#names.nameOf(number);
      for (; next < below.length && (below[next] as Directory).name < name; next++)
        yield* this.#into(below[next] as Directory, prefix);
      yield prefix + name;
    }
    for (; next < below.length; next++) yield* this.#into(below[next] as Directory, prefix);
  }

  #into(directory: Directory, prefix: string): Generator<string> {
    return this.#walk(directory, prefix + directory.name);
  }
}
