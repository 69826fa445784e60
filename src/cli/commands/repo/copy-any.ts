import type { BrowsedSnapshot } from '#repository/browsing/browsable.ts';
import { type CopySource, type CopyTarget, copyPlanned, planCopy } from '#repository/copying/copy.ts';
import { type CopiedPair, verifyCopies } from '#repository/copying/verify.ts';
import { hasTags } from '#repository/retention/tag-lists.ts';
import type { Context } from '../../context.ts';
import { listing, type Outcome } from '../../output/outcome.ts';
import { type FlagValues, type RepositoryKind, say } from '../../spec.ts';
import { openSide } from './copy-ends.ts';
import { type CopyRow, copyColumns, copyData, lossText, verified } from './copy-view.ts';
import { filterOf } from './filter.ts';
import type { OtherSide } from './from.ts';
import type { copy } from './specs/copying.ts';

/** A copy to be made. */
export interface WantedCopy {
  readonly ids: readonly string[];
  readonly flags: FlagValues<(typeof copy)['flags']>;
  readonly context: Context;
  readonly other: OtherSide;
  readonly formats: { readonly from: RepositoryKind; readonly to: RepositoryKind };
}

/** Copies snapshots between repositories of any formats, as trees of files. @throws as opening and copying do */
export async function copyAs({ ids, flags, context, other, formats }: WantedCopy): Promise<Outcome> {
  const { dryRun = false, verify = false } = flags;
  const from = await openSide(other, formats.from, 'read');
  const to = await openSide({ flags, context }, formats.to, dryRun ? 'read' : 'append');
  const signal = AbortSignal.any([from.signal, to.signal]);
  const options = { progress: context.progress, signal };
  const chosen = await choose(from.end, { ids, ...filterOf(flags, context) }, signal);
  const landing = to.landing();
  context.defer(async () => landing[Symbol.asyncDispose]());
  const target = { landing, present: presentIn(to.end) };
  const plan = await planCopy(from.end, target, chosen, options);
  for (const loss of plan.losses) context.note(lossText(loss));
  const written: readonly CopyRow[] = dryRun
    ? plan.missing.map(source => ({ kind: 'missing', source, id: undefined }))
    : await Array.fromAsync(copyPlanned(from.end, target, plan, options));
  const items = [...plan.present, ...written].sort((a, b) => (a.source.time < b.source.time ? -1 : 1));
  const again = verify && !dryRun ? await to.again() : undefined;
  const differences =
    again && (await verifyCopies(from.end, again, pairsOf(items, again), { ...options, landing }));
  return listing({
    items,
    columns: copyColumns,
    name: ({ source, id = source.id }) => id,
    data: copyData,
    empty: say('There is no such snapshot to copy.', 'コピーするスナップショットはありません。'),
    ...verified(differences, items.length),
  });
}

interface Chosen {
  readonly ids: readonly string[];
  readonly hosts?: readonly string[] | undefined;
  readonly tags?: readonly (readonly string[])[] | undefined;
  readonly paths?: readonly string[] | undefined;
}

/** Those with the ids, whatever the filter says of them; without ids all that it lets through. `latest` is the latest of those. */
async function choose(
  { browsable, snapshots }: CopySource,
  { ids, ...filter }: Chosen,
  signal: AbortSignal,
): Promise<readonly BrowsedSnapshot[]> {
  const meant = snapshots.filter(each => isMeant(each, filter));
  if (ids.length === 0) return meant;
  const chosen = new Map<string, BrowsedSnapshot>();
  for (const id of ids) {
    const found = (id === 'latest' ? meant.at(-1) : undefined) ?? (await browsable.snapshot(id, { signal }));
    chosen.set(found.id, found);
  }
  return [...chosen.values()];
}

function isMeant(
  snapshot: BrowsedSnapshot,
  { hosts = [], tags = [], paths = [] }: Omit<Chosen, 'ids'>,
): boolean {
  const has = (list: readonly string[]): boolean =>
    list.length === 0 ? snapshot.tags.length === 0 : hasTags(snapshot.tags, list);
  return (
    (hosts.length === 0 || hosts.includes(snapshot.host)) &&
    (tags.length === 0 || tags.some(has)) &&
    paths.every(path => snapshot.paths.includes(path))
  );
}

function presentIn(end: CopySource): CopyTarget<unknown>['present'] {
  return new Map(end.snapshots.map(snapshot => [end.originOf(snapshot), snapshot.id]));
}

function* pairsOf(items: readonly CopyRow[], { snapshots }: CopySource): Generator<CopiedPair> {
  const byId = new Map(snapshots.map(snapshot => [snapshot.id, snapshot]));
  for (const { source, id = '' } of items) {
    const copy = byId.get(id);
    if (copy !== undefined) yield { source, copy };
  }
}
