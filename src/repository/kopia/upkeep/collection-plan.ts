import type { ContentIndex } from '../access/content-index.ts';
import { NumberList } from './number-list.ts';
import type { SafetyMargins } from './safety.ts';

/** Contents, and their sealed bytes. */
export interface ContentTotal {
  readonly contents: number;
  readonly bytes: number;
}

/** What a collection does with contents, by their numbers in the index. */
export interface CollectionPlan {
  /** No snapshot uses them: to be marked deleted. Readers still find them until they are dropped. */
  readonly remove: Uint32Array;
  /** Marked deleted, but used: by a snapshot that was under way when they were. To be written again. */
  readonly restore: Uint32Array;
  readonly totals: CollectionTotals;
}

export interface CollectionTotals {
  /** Used by no snapshot and old enough; those that were deleted before, too. */
  readonly unused: ContentTotal;
  /** Used by no snapshot that there is, but perhaps by one that is under way. */
  readonly recent: ContentTotal;
  readonly used: ContentTotal;
  /** Manifests. */
  readonly system: ContentTotal;
  readonly removed: ContentTotal;
  readonly restored: ContentTotal;
}

export interface CollectionFacts {
  readonly index: ContentIndex;
  /** Not 0 for each content that a snapshot uses, by number. */
  readonly used: Uint8Array;
  /** When maintenance began, by the clock of the storage. Milliseconds since 1970. */
  readonly began: number;
}

const manifestPrefix = 'm'.charCodeAt(0);

/** Decides about every content as kopia's `snapshot gc` does (`snapshot/snapshotgc/gc.go`). Pure. */
export function planCollection(
  { index, used, began }: CollectionFacts,
  safety: SafetyMargins,
): CollectionPlan {
  const totals = {
    unused: none(),
    recent: none(),
    used: none(),
    system: none(),
    removed: none(),
    restored: none(),
  };
  const remove = new NumberList();
  const restore = new NumberList();
  for (const content of index.numbers()) {
    const kind = kindOf(content, { index, used, began }, safety);
    add(totals[kind], index.sealedLength(content));
    const isDeleted = index.isDeleted(content);
    if (kind === 'unused' && !isDeleted) {
      remove.add(content);
      add(totals.removed, index.sealedLength(content));
    }
    if (kind === 'used' && isDeleted) {
      restore.add(content);
      add(totals.restored, index.sealedLength(content));
    }
  }
  return { remove: remove.numbers, restore: restore.numbers, totals };
}

function kindOf(
  content: number,
  { index, used, began }: CollectionFacts,
  safety: SafetyMargins,
): 'system' | 'used' | 'recent' | 'unused' {
  if (index.prefixByte(content) === manifestPrefix) return 'system';
  if (used[content] !== 0) return 'used';
  return began - index.timestamp(content) * 1000 < safety.minContentAge ? 'recent' : 'unused';
}

interface Sum {
  contents: number;
  bytes: number;
}

function none(): Sum {
  return { contents: 0, bytes: 0 };
}

function add(sum: Sum, bytes: number): void {
  sum.contents++;
  sum.bytes += bytes;
}
