import type { Json } from '../../format/go-json.ts';
import { parseTime } from '../../format/go-time.ts';
import type { StoredSnapshot } from '../access/snapshots.ts';
import type { SnapshotDocument } from '../format/snapshot.ts';

/** Snapshots of the target by what they are copies of. */
export class Copies {
  readonly #byOriginal = new Map<string, StoredSnapshot[]>();

  constructor(snapshots: Iterable<StoredSnapshot>) {
    for (const snapshot of snapshots) this.add(snapshot);
  }

  add(snapshot: StoredSnapshot): void {
    for (const id of new Set([snapshot.id, originalOf(snapshot)])) {
      const known = this.#byOriginal.get(id);
      if (known === undefined) this.#byOriginal.set(id, [snapshot]);
      else known.push(snapshot);
    }
  }

  /** The snapshot that is a copy of this one already, as restic decides it. */
  of(snapshot: StoredSnapshot): StoredSnapshot | undefined {
    const candidates = this.#byOriginal.get(originalOf(snapshot)) ?? [];
    return candidates.find(({ document }) => isSame(document, snapshot.document));
  }
}

/** The id that a snapshot keeps through copies and changes of its tags: that of the first. */
export function originalOf({ id, document }: StoredSnapshot): string {
  const { original } = document;
  return typeof original === 'string' ? original : id;
}

/** Everything but `parent`, `original`, and what says how the snapshot came about. */
function isSame(a: SnapshotDocument, b: SnapshotDocument): boolean {
  return (
    parseTime(a.time) === parseTime(b.time) &&
    a.tree === b.tree &&
    ['hostname', 'username', 'uid', 'gid'].every(key => isSameValue(a[key], b[key])) &&
    isSameList(sorted(a.paths), sorted(b.paths)) &&
    isSameList(sorted(a.tags), sorted(b.tags)) &&
    isSameList(texts(a['excludes']), texts(b['excludes']))
  );
}

/** What Go leaves out is zero or empty. */
function isSameValue(a: Json | undefined, b: Json | undefined): boolean {
  return (a || undefined) === (b || undefined);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}

function sorted(list: readonly string[] = []): readonly string[] {
  return list.toSorted();
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
