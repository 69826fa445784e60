import type { HozonError } from '#foundation/errors.ts';
import { raise } from '../../errors.ts';
import { parseTime, zoneOfTime } from '../../format/go-time.ts';
import { type GroupBy, type GroupKey, groupSnapshots } from '../../retention/grouping.ts';
import type { Moment } from '../../retention/moment.ts';
import {
  applyPolicy,
  type Calendar,
  isEmptyPolicy,
  type KeepPolicy,
  type KeepReason,
} from '../../retention/policy.ts';
import type { OpenRepository } from '../access/open.ts';
import { listSnapshots, type StoredSnapshot } from '../access/snapshots.ts';
import { chooseSnapshots, isChosen, type SnapshotFilter } from '../reading/choose.ts';

/** Which snapshots are to go: those with the given ids, else those that a policy does not keep. */
export interface ForgetRequest {
  /** Beginnings of ids, or `latest`. With any, neither policy nor groups matter. */
  readonly ids: readonly string[];
  readonly filter: SnapshotFilter;
  readonly policy: KeepPolicy;
  readonly groupBy: GroupBy;
  /** Lets all that the filter lets through go, where there is no policy. */
  readonly allowRemoveAll?: boolean | undefined;
}

/** What becomes of snapshots that were judged together, each list with the newest first. */
export interface ForgetGroup {
  readonly key: GroupKey;
  readonly keep: readonly { readonly snapshot: StoredSnapshot; readonly reasons: readonly KeepReason[] }[];
  readonly remove: readonly StoredSnapshot[];
}

export interface PlanForgetOptions extends Calendar {
  readonly signal?: AbortSignal | undefined;
  /** Told of a snapshot that cannot be read: it is neither counted nor removed. */
  readonly onDamage?: ((file: string, thrown: HozonError) => void) | undefined;
}

/**
 * Says which snapshots would go and which would stay, and why; nothing is removed. It selects exactly what
 * `restic forget --dry-run --json` selects.
 *
 * @throws `repository.no-policy`, `remove-all-unfiltered`, `would-keep-nothing`, `snapshot-not-found`, `snapshot-ambiguous` and what the
 * store throws
 */
export async function planForget(
  repository: OpenRepository,
  request: ForgetRequest,
  options: PlanForgetOptions,
): Promise<readonly ForgetGroup[]> {
  const { ids, filter } = request;
  if (ids.length === 0) refuseUnsaid(request);
  else {
    const remove = await chooseSnapshots(repository, { ids, ...filter }, { signal: options.signal });
    return [{ key: { host: '', paths: [], tags: [] }, keep: [], remove }];
  }
  const all = await listSnapshots(repository, options);
  return judge(
    all.filter(each => isChosen(each, filter)),
    request,
    options,
  );
}

function refuseUnsaid({ policy, allowRemoveAll, filter }: ForgetRequest): void {
  if (!isEmptyPolicy(policy)) return;
  if (allowRemoveAll !== true) throw raise['no-policy']();
  const { hosts = [], tags = [], paths = [] } = filter;
  if (hosts.length + tags.length + paths.length === 0) throw raise['remove-all-unfiltered']();
}

function judge(
  snapshots: readonly StoredSnapshot[],
  { policy, groupBy }: ForgetRequest,
  calendar: Calendar,
): readonly ForgetGroup[] {
  return groupSnapshots(snapshots, groupBy, groupKeyOf).map(({ key, items }) => {
    const dated = items.map(snapshot => ({
      snapshot,
      moment: momentOf(snapshot),
      tags: snapshot.document.tags ?? [],
    }));
    const { keep, remove } = applyPolicy(dated, policy, calendar);
    if (keep.length === 0 && !isEmptyPolicy(policy)) {
      throw raise['would-keep-nothing']({ group: groupName(key) });
    }
    return {
      key,
      keep: keep.map(({ item, reasons }) => ({ snapshot: item.snapshot, reasons })),
      remove: remove.map(({ snapshot }) => snapshot),
    };
  });
}

function groupKeyOf({ document: { hostname = '', paths, tags = [] } }: StoredSnapshot): GroupKey {
  return { host: hostname, paths, tags };
}

/** The group as a person would name it. */
export function groupName({ host, paths, tags }: GroupKey): string {
  const parts = [
    ...(host === '' ? [] : [`host ${host}`]),
    ...(paths.length === 0 ? [] : [`path ${paths.join(', ')}`]),
    ...(tags.length === 0 ? [] : [`tags ${tags.join(', ')}`]),
  ];
  return parts.length === 0 ? '*' : parts.join(', ');
}

function momentOf({ document: { time } }: StoredSnapshot): Moment {
  return { nanoseconds: parseTime(time) ?? 0n, minutesEast: zoneOfTime(time) ?? 0 };
}
