import type { ContentIndex } from '../access/content-index.ts';
import type { ContentTotal } from './collection-plan.ts';
import type { SafetyMargins } from './safety.ts';

/** Contents that move to new packs, because those that they are in hold little. */
export interface RewritePlan {
  /** Numbers in the index, pack by pack and as they lie there. */
  readonly contents: readonly number[];
  readonly packs: readonly string[];
  readonly rewrite: ContentTotal;
  /** In such packs, too, but too young to be moved. */
  readonly retain: ContentTotal;
}

export interface RewriteFacts {
  readonly index: ContentIndex;
  /** Bytes of a full pack. */
  readonly maxPackSize: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Contents that were deleted before are to be dropped next, and need not move. Milliseconds since 1970. */
  readonly dropBefore?: number | undefined;
  /** Packs of which letters; `p` and `q` unless told. */
  readonly letters?: readonly string[] | undefined;
}

/** Percent of a full pack below which one is short. */
const shortPercent = 60;

/**
 * Which contents are put together: those of short packs, if there is more than one such of data, or of metadata. Deleted contents
 * move, too, while somebody may still read them (kopia's `repo/maintenance/content_rewrite.go`). Pure.
 */
export function planRewrite(facts: RewriteFacts, safety: SafetyMargins): RewritePlan {
  const { index, maxPackSize, now, dropBefore = Number.NEGATIVE_INFINITY, letters = ['p', 'q'] } = facts;
  const byPack = index.numbersByPack();
  const limit = Math.floor((maxPackSize * shortPercent) / 100);
  const short = index.packs.flatMap((id, pack) => {
    const contents = byPack[pack] ?? new Uint32Array();
    const isShort = contents.length > 0 && sealedBytes(index, contents) < limit;
    return isShort ? [{ id, contents }] : [];
  });
  const chosen = letters.flatMap(letter => {
    const packs = short.filter(({ id }) => id.startsWith(letter));
    return packs.length > 1 ? packs : [];
  });
  const stays = (content: number): boolean =>
    !index.isDeleted(content) || index.timestamp(content) > Math.floor(dropBefore / 1000);
  const inOrder = chosen.flatMap(({ contents }) =>
    Array.from(contents)
      .filter(stays)
      .sort((a, b) => index.offset(a) - index.offset(b)),
  );
  const isOld = (content: number): boolean => now - index.timestamp(content) * 1000 >= safety.rewriteMinAge;
  const contents = inOrder.filter(isOld);
  return {
    contents,
    packs: chosen.map(({ id }) => id),
    rewrite: total(index, contents),
    retain: total(
      index,
      inOrder.filter(content => !isOld(content)),
    ),
  };
}

function total(index: ContentIndex, contents: readonly number[]): ContentTotal {
  return { contents: contents.length, bytes: sealedBytes(index, contents) };
}

function sealedBytes(index: ContentIndex, contents: Iterable<number>): number {
  let bytes = 0;
  for (const content of contents) bytes += index.sealedLength(content);
  return bytes;
}
