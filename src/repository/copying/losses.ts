import type { Progress } from '#foundation/progress.ts';
import type { StoreOptions } from '#storage/object-store.ts';
import type { Browsable, BrowsedSnapshot, StoredEntry } from '../browsing/browsable.ts';
import { type BytePath, pathBytes } from '../trees/byte-path.ts';
import type { Landing, Loss } from './landing.ts';
import { placeOf } from './place.ts';

/** What is lost in a copy, and how often. */
export interface CountedLoss {
  readonly loss: Loss;
  /** Entries, or snapshots where it is said of those. What several snapshots share counts once. */
  readonly count: number;
  /** The first one. */
  readonly snapshot: string;
  /** Of an entry. */
  readonly path?: string | undefined;
}

export interface SurveyOptions extends StoreOptions {
  readonly fromAbove: boolean;
  readonly progress?: Progress | undefined;
}

/**
 * Looks through snapshots for what the format that they are to be copied to cannot hold. Nothing but directories is read, each once.
 *
 * @throws as reading directories does
 */
export async function surveyLosses(
  from: Browsable,
  to: Pick<Landing<unknown>, 'lossesOf' | 'lossesOfSnapshot'>,
  snapshots: readonly BrowsedSnapshot[],
  options: SurveyOptions,
): Promise<readonly CountedLoss[]> {
  const found = new Map<Loss, { count: number; readonly snapshot: string; readonly path?: string }>();
  const seen = new Set<string>();
  const count = (loss: Loss, snapshot: string, path?: BytePath): void => {
    const known = found.get(loss);
    if (known !== undefined) known.count++;
    else found.set(loss, { count: 1, snapshot, ...(path === undefined ? {} : { path: shown(path) }) });
  };
  let entries = 0;
  for (const snapshot of snapshots) {
    for (const loss of to.lossesOfSnapshot(snapshot)) count(loss, snapshot.id);
    const { entry } = await placeOf(from, snapshot, options);
    for await (const { each, path } of below(from, entry, { seen, options })) {
      for (const loss of to.lossesOf(each)) count(loss, snapshot.id, path);
      options.progress?.({ phase: 'survey', done: ++entries, unit: 'items', current: shown(path) });
    }
  }
  return [...found].map(([loss, counted]) => ({ loss, ...counted }));
}

interface Found {
  readonly each: StoredEntry;
  readonly path: BytePath;
}

async function* below(
  from: Browsable,
  root: StoredEntry,
  { seen, options }: { readonly seen: Set<string>; readonly options: SurveyOptions },
): AsyncGenerator<Found> {
  const waiting: Found[] = [{ each: root, path: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    options.signal?.throwIfAborted();
    yield next;
    const { each, path } = next;
    if (each.directory === undefined || seen.has(each.directory)) continue;
    seen.add(each.directory);
    for (const child of await from.list(each.directory, { signal: options.signal })) {
      waiting.push({ each: child, path: `${path}/${child.name}` });
    }
  }
}

function shown(path: BytePath): string {
  return pathBytes(path === '' ? '/' : path).toString();
}
