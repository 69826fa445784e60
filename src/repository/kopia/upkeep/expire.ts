import { type GroupBy, type GroupKey, groupSnapshots } from '../../retention/grouping.ts';
import type { Zone } from '../../retention/moment.ts';
import { applyPolicy, type Calendar, type KeepPolicy } from '../../retention/policy.ts';
import { reasonText } from '../../retention/reason-text.ts';
import type { Manifests } from '../access/manifests.ts';
import type { StoredKopiaSnapshot } from '../access/snapshots.ts';
import { tagTexts } from '../browsing/browsable.ts';
import type { RetentionPolicy } from '../format/policy.ts';
import type { SnapshotSource } from '../format/snapshot-manifest.ts';
import { effectivePolicy } from '../policies/stored-policies.ts';
import { isOfVelero } from '../velero/own-snapshots.ts';
import { judgeRetention, type RetainedSnapshot, type RetentionCounts } from './retention-reasons.ts';

/** What becomes of snapshots that were judged together, each list with the newest first. */
export interface ExpiryGroup {
  /** `user@host:path`, or what a grouping by flags has in common. */
  readonly name: string;
  readonly keep: readonly { readonly snapshot: StoredKopiaSnapshot; readonly reasons: readonly string[] }[];
  readonly remove: readonly StoredKopiaSnapshot[];
}

/**
 * Judges each source's snapshots by the policy that holds for it: what goes is exactly what `kopia snapshot expire` deletes, and
 * what stays has kopia's reasons and its pins.
 *
 * @throws `repository.damaged` for a policy that makes no sense
 */
export function expireByPolicies(
  snapshots: readonly StoredKopiaSnapshot[],
  { manifests, zone }: { readonly manifests: Manifests; readonly zone: Zone },
): readonly ExpiryGroup[] {
  const sources = Map.groupBy(snapshots, ({ snapshot }) => sourceText(snapshot.source));
  const groups: ExpiryGroup[] = [];
  for (const [name, items] of [...sources].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first] = items;
    if (first === undefined) continue;
    const { policy } = effectivePolicy(manifests, first.snapshot.source);
    const judged = judgeRetention(items.map(retained), countsOf(policy.retention), zone);
    groups.push({
      name,
      keep: judged.flatMap(({ item, reasons, expired }) =>
        expired ? [] : [{ snapshot: item.stored, reasons: [...reasons, ...pinReasons(item)] }],
      ),
      remove: judged.flatMap(({ item, expired }) => (expired ? [item.stored] : [])),
    });
  }
  return groups;
}

interface Judged extends RetainedSnapshot {
  readonly stored: StoredKopiaSnapshot;
}

function retained(stored: StoredKopiaSnapshot): Judged {
  const { startTime, endTime, incomplete, pins } = stored.snapshot;
  return { stored, start: startTime, end: endTime, complete: incomplete === '', pins };
}

function countsOf(retention: RetentionPolicy): RetentionCounts {
  const { keepLatest, keepHourly, keepDaily, keepWeekly, keepMonthly, keepAnnual } = retention;
  const counts = {
    latest: keepLatest,
    hourly: keepHourly,
    daily: keepDaily,
    weekly: keepWeekly,
    monthly: keepMonthly,
    annual: keepAnnual,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}

function pinReasons({ pins }: Pick<RetainedSnapshot, 'pins'>): readonly string[] {
  return pins.map(pin => `pin: ${pin}`);
}

export interface ExpireByRules {
  readonly policy: KeepPolicy;
  readonly groupBy: GroupBy;
  readonly calendar: Calendar;
}

/**
 * Judges snapshots by rules that are given, as of restic repositories; days are those of UTC. Pins hold. Incomplete snapshots are not
 * counted: those after a group's newest complete one stay.
 */
export function expireByRules(
  snapshots: readonly StoredKopiaSnapshot[],
  { policy, groupBy, calendar }: ExpireByRules,
): readonly ExpiryGroup[] {
  return groupSnapshots(snapshots, groupBy, groupKeyOf).map(({ key, items }) => {
    const dated = items.map(each => ({
      ...retained(each),
      moment: { nanoseconds: each.snapshot.startTime, minutesEast: 0 },
      tags: tagTexts(each.snapshot.tags),
    }));
    const verdict = applyPolicy(
      dated.filter(({ complete }) => complete),
      policy,
      calendar,
    );
    const reasons = new Map(verdict.keep.map(({ item, reasons }) => [item.stored, reasons.map(reasonText)]));
    const newest = verdict.keep[0]?.item.start ?? 0n;
    const judged = dated
      .toSorted((a, b) => (a.start < b.start ? 1 : -1))
      .map(item => {
        const kept =
          reasons.get(item.stored) ?? (!item.complete && item.start > newest ? ['incomplete'] : []);
        return { snapshot: item.stored, reasons: [...kept, ...pinReasons(item)] };
      });
    return {
      name: nameOf(key),
      keep: judged.filter(each => each.reasons.length > 0),
      remove: judged.filter(each => each.reasons.length === 0).map(({ snapshot }) => snapshot),
    };
  });
}

/**
 * The same but that Velero's snapshots stay, also one that lost its pin: Velero removes them itself, and its records name them by their
 * ids until then.
 */
export function keepingVelero({ name, keep, remove }: ExpiryGroup): ExpiryGroup {
  const [ofVelero, others] = [true, false].map(is =>
    remove.filter(({ snapshot }) => isOfVelero(snapshot) === is),
  );
  const kept = [...keep, ...(ofVelero ?? []).map(snapshot => ({ snapshot, reasons: ['velero'] }))];
  const begun = (each: (typeof kept)[number]): bigint => each.snapshot.snapshot.startTime;
  return { name, keep: kept.toSorted((a, b) => (begun(a) < begun(b) ? 1 : -1)), remove: others ?? [] };
}

function groupKeyOf({ snapshot: { source, tags } }: StoredKopiaSnapshot): GroupKey {
  const { userName, host, path } = source;
  return { host: `${userName}@${host}`, paths: [path], tags: tagTexts(tags) };
}

function nameOf({ host, paths, tags }: GroupKey): string {
  const [source, own] = [`${host}${paths.length === 0 ? '' : `:${paths.join(',')}`}`, tags.join(', ')];
  return [source, own].filter(each => each !== '').join(' ') || '*';
}

/** As kopia names a source. */
function sourceText({ userName, host, path }: SnapshotSource): string {
  return `${userName}@${host}:${path}`;
}
