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
import { tuneHeap } from '../snapshot-heap.ts';
import { failureNotes } from '../snapshot-outcome.ts';
import { type SnapshotFlags, takesStdin } from '../snapshot-source.ts';
import { timeOf } from '../snapshot-time.ts';
import type { snapshot } from '../specs/snapshot.ts';
import { checkpointsEvery } from './checkpoint-interval.ts';
import { indexedKopia } from './open.ts';
import { snapshotsOutcome, type TakenSnapshot } from './snapshot-outcome.ts';
import { type WantedSnapshot, wantedSnapshots } from './snapshot-wanted.ts';

export const run: Handler<typeof snapshot> = async (input, context) => {
  tuneHeap();
  const { args, flags } = input;
  if (flags.volume !== undefined) {
    const { snapshotVolume } = await import('./snapshot-volume.ts');
    return snapshotVolume(flags.volume, input, context);
  }
  const { identity = ownIdentity() } = await placeOf(flags, context);
  const described = {
    identity,
    checkpointEvery: checkpointsEvery(flags),
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

type Described = 'identity' | 'checkpointEvery' | 'tags' | 'startTime';

interface Taking {
  readonly repository: IndexedKopia;
  readonly manifests: Manifests;
  readonly flags: SnapshotFlags;
  readonly described: Pick<Parameters<typeof snapshotKopiaTree>[2], Described>;
  readonly context: Context;
}

async function take({ source, rootName, open }: WantedSnapshot, taking: Taking): Promise<TakenSnapshot> {
  const { repository, manifests, flags, described, context } = taking;
  const { clock, progress, signal, note } = context;
  const { dryRun = false, description, pin: pins, skipIfUnchanged } = flags;
  const policies = policiesFor(manifests, source);
  const known = await knownOf(sourceLabels(source), taking);
  const previous = flags.force === true || flags.stdin === true ? [] : await previousOf(known, taking);
  const tree = await open(policies, { compared: previous.length > 0 });
  const taken = await snapshotKopiaTree(repository, tree, {
    ...described,
    source,
    rootName,
    policies,
    previous,
    superseded: known,
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

/** The latest complete one of a source, and the incomplete ones that were begun later. */
async function knownOf(
  labels: Readonly<Record<string, string>>,
  { repository, manifests, described, context: { signal, note } }: Taking,
): Promise<readonly StoredKopiaSnapshot[]> {
  const onDamage = (_: string, thrown: unknown): void => note(reasonOf(thrown));
  const snapshots = await listKopiaSnapshots(repository, { manifests, labels, onDamage, signal });
  return previousSnapshots(snapshots, described.startTime);
}

async function previousOf(
  known: readonly StoredKopiaSnapshot[],
  { repository, manifests, flags, context: { signal } }: Taking,
): Promise<readonly StoredKopiaSnapshot[]> {
  if (flags.parent === undefined) return known;
  return [await findKopiaSnapshot(repository, flags.parent, { manifests, signal })];
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
