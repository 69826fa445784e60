import type { StoreOptions } from '#storage/object-store.ts';
import type { ContentEntry } from '../format/index.ts';
import type { ContentIndex } from './content-index.ts';
import { type IndexedKopia, refreshContents } from './indexed.ts';

/** A content, and a pack that an index said it was in and that is gone. */
export type GoneContent = Pick<ContentEntry, 'id' | 'pack'>;

/** The looking at indexes anew, of one index in memory. */
interface Renewal {
  /** As it was after the last one. */
  repository: IndexedKopia;
  running: Promise<unknown>;
  /** Begins when the one that runs has ended: whoever asks until then shares it. */
  next: Promise<void> | undefined;
  /** Packs that were known to be gone before a renewal that succeeded: another one would find nothing more of them. */
  readonly asked: Set<string>;
}

const renewals = new WeakMap<ContentIndex, Renewal>();

/**
 * Where contents lie by now whose packs are gone, in their order; `undefined` where one is still said to be in that pack, or nowhere. The
 * repository's index is brought up to date: once for all who ask at the same time, and what was read is not read again.
 *
 * @throws as {@link refreshContents} does; who asks after that has it tried again
 */
export async function movedContents(
  repository: IndexedKopia,
  gone: readonly GoneContent[],
  options: StoreOptions,
): Promise<readonly (ContentEntry | undefined)[]> {
  const { index } = repository;
  const isThere = ({ id, pack }: GoneContent): boolean => index.find(id)?.pack === pack;
  const packs = gone.filter(isThere).map(({ pack }) => pack);
  const renewal = renewals.get(index) ?? newRenewal(repository);
  renewals.set(index, renewal);
  if (packs.some(pack => !renewal.asked.has(pack))) {
    await renewed(renewal, options);
    for (const pack of packs) renewal.asked.add(pack);
  }
  return gone.map(each => (isThere(each) ? undefined : index.find(each.id)));
}

function newRenewal(repository: IndexedKopia): Renewal {
  return { repository, running: Promise.resolve(), next: undefined, asked: new Set() };
}

/** Waits for a renewal that had not begun before. */
function renewed(renewal: Renewal, options: StoreOptions): Promise<void> {
  renewal.next ??= renewal.running.then(() => renew(renewal, options));
  return renewal.next;
}

async function renew(renewal: Renewal, options: StoreOptions): Promise<void> {
  renewal.next = undefined;
  const work = refreshContents(renewal.repository, options);
  renewal.running = work.catch(() => {}); // who waits for this one is told; the next one is to begin all the same
  renewal.repository = await work;
}
