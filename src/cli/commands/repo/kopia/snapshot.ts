import { ownIdentity } from '#repository/kopia/access/identity.ts';
import type { IndexedKopia } from '#repository/kopia/access/indexed.ts';
import { loadManifests, type Manifests } from '#repository/kopia/access/manifests.ts';
import {
  findKopiaSnapshot,
  listKopiaSnapshots,
  type StoredKopiaSnapshot,
} from '#repository/kopia/access/snapshots.ts';
import { previousSnapshots } from '#repository/kopia/backup/previous-snapshots.ts';
import { snapshotKopiaTree } from '#repository/kopia/backup/snapshot-tree.ts';
import { sourceLabels } from '#repository/kopia/format/snapshot-manifest.ts';
import { policiesFor } from '#repository/kopia/policies/stored-policies.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { reasonOf } from '../../../reason.ts';
import { placeOf } from '../../../repository/place.ts';
import type { Handler } from '../../../spec.ts';
import { failureNotes } from '../snapshot-outcome.ts';
import { type SnapshotFlags, takesStdin } from '../snapshot-source.ts';
import { timeOf } from '../snapshot-time.ts';
import type { snapshot } from '../specs/snapshot.ts';
import { indexedKopia } from './open.ts';
import { snapshotsOutcome, type TakenSnapshot } from './snapshot-outcome.ts';
import { type WantedSnapshot, wantedSnapshots } from './snapshot-wanted.ts';

export const run: Handler<typeof snapshot> = async (input, context) => {
  const { args, flags } = input;
  if (flags.volume !== undefined) {
    const { snapshotVolume } = await import('./snapshot-volume.ts');
    return snapshotVolume(flags.volume, input, context);
  }
  const { identity = ownIdentity() } = await placeOf(flags, context);
  const described = {
    identity,
    tags: tagsOf(flags.tag ?? []),
    startTime: flags.time === undefined ? undefined : timeOf(flags.time),
  };
  const wanted = await wantedSnapshots(args, flags, { identity, context });
  const repository = await indexedKopia({ ...flags, stdinTaken: takesStdin(flags) }, context);
  const manifests = await loadManifests(repository, { signal: context.signal });
  const taken: TakenSnapshot[] = [];
  for (const each of wanted) {
    taken.push(await take(each, { repository, manifests, flags, described, context }));
  }
  return snapshotsOutcome(taken);
};

interface Taking {
  readonly repository: IndexedKopia;
  readonly manifests: Manifests;
  readonly flags: SnapshotFlags;
  readonly described: Pick<Parameters<typeof snapshotKopiaTree>[2], 'identity' | 'tags' | 'startTime'>;
  readonly context: Context;
}

async function take({ source, rootName, open }: WantedSnapshot, taking: Taking): Promise<TakenSnapshot> {
  const { repository, manifests, flags, described, context } = taking;
  const { clock, progress, signal, note } = context;
  const { dryRun = false, description, pin: pins, skipIfUnchanged } = flags;
  const policies = policiesFor(manifests, source);
  const previous = await previousOf(sourceLabels(source), taking);
  const tree = await open(policies);
  const taken = await snapshotKopiaTree(repository, tree, {
    ...described,
    source,
    rootName,
    policies,
    previous,
    description,
    pins,
    dryRun,
    skipIfUnchanged,
    clock,
    progress,
    onFailure: failureNotes(note),
    signal,
  });
  return { taken, previous: previous.map(({ id }) => id), dryRun };
}

async function previousOf(
  labels: Readonly<Record<string, string>>,
  { repository, manifests, flags, described, context }: Taking,
): Promise<readonly StoredKopiaSnapshot[]> {
  if (flags.force === true || flags.stdin === true) return [];
  const { signal, note } = context;
  if (flags.parent !== undefined) {
    return [await findKopiaSnapshot(repository, flags.parent, { manifests, signal })];
  }
  const onDamage = (_: string, thrown: unknown): void => note(reasonOf(thrown));
  const snapshots = await listKopiaSnapshots(repository, { manifests, labels, onDamage, signal });
  return previousSnapshots(snapshots, described.startTime);
}

/** As kopia's own command puts them into labels. @throws `cli.bad-value` */
export function tagsOf(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map(tag => {
      const colon = tag.indexOf(':');
      if (colon < 1) throw cliErrors.raise['bad-value']({ flag: '--tag', given: tag, expected: 'KEY:VALUE' });
      return [`tag:${tag.slice(0, colon)}`, tag.slice(colon + 1)];
    }),
  );
}
