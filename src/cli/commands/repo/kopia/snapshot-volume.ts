import { loadManifests } from '#repository/kopia/access/manifests.ts';
import { listKopiaSnapshots } from '#repository/kopia/access/snapshots.ts';
import { sourceLabels } from '#repository/kopia/format/snapshot-manifest.ts';
import { policiesFor } from '#repository/kopia/policies/stored-policies.ts';
import { type VeleroVolume, veleroIdentity, veleroSource } from '#repository/kopia/velero/names.ts';
import { previousOfVolume, snapshotVeleroVolume } from '#repository/kopia/velero/snapshot.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import type { Outcome } from '../../../output/outcome.ts';
import { placeOf } from '../../../repository/place.ts';
import { type Input, longName } from '../../../spec.ts';
import { failureNotes } from '../snapshot-outcome.ts';
import { takesStdin } from '../snapshot-source.ts';
import type { snapshot } from '../specs/snapshot.ts';
import { checkpointsEvery } from './checkpoint-interval.ts';
import { indexedKopia } from './open.ts';
import { snapshotsOutcome } from './snapshot-outcome.ts';
import { wantedSnapshots } from './snapshot-wanted.ts';

/** What Velero says itself of its snapshots. */
const said = ['source', 'description', 'pin', 'tag', 'host', 'time', 'parent', 'skipIfUnchanged'] as const;

/** Stores what is at a path as a volume of Velero's, in one of its repositories. @throws `cli.conflicting-flags`, `cli.bad-value` */
export async function snapshotVolume(
  given: string,
  { args, flags }: Input<(typeof snapshot)['flags']>,
  context: Context,
): Promise<Outcome> {
  const volume = volumeOf(given, (await placeOf(flags, context)).veleroNamespace);
  const conflict = said.find(key => flags[key] !== undefined);
  if (conflict !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--volume', `--${longName(conflict)}`] });
  }
  const [wanted, another] = await wantedSnapshots(args, flags, { identity: veleroIdentity, context });
  if (wanted === undefined || another !== undefined) {
    throw cliErrors.raise['conflicting-flags']({ flags: ['--volume', args.join(' ')] });
  }
  const { clock, progress, signal, note } = context;
  const repository = await indexedKopia({ ...flags, stdinTaken: takesStdin(flags) }, context);
  const manifests = await loadManifests(repository, { signal });
  const { dryRun = false, force } = flags;
  const source = veleroSource(volume);
  const known = await listKopiaSnapshots(repository, { manifests, labels: sourceLabels(source), signal });
  const compared = force !== true && previousOfVolume(known, volume).length > 0;
  const tree = await wanted.open(policiesFor(manifests, source), { compared });
  const options = { clock, progress, signal, dryRun, force, rootName: wanted.rootName };
  const more = { onFailure: failureNotes(note), checkpointEvery: checkpointsEvery(flags) };
  const taken = await snapshotVeleroVolume(repository, { volume, tree }, { ...options, ...more });
  return snapshotsOutcome([{ taken, previous: [], dryRun }]);
}

/** @throws `cli.bad-value` for what names no volume, or where the repository is none of Velero's */
function volumeOf(given: string, namespace: string | undefined): VeleroVolume {
  const [, pod, volume] = /^([^/]+)(?:\/([^/]+))?$/.exec(given) ?? [];
  if (namespace === undefined || pod === undefined) {
    const expected = 'POD/VOLUME | CLAIM, --repo velero:LOCATION/NAMESPACE';
    throw cliErrors.raise['bad-value']({ flag: '--volume', given, expected });
  }
  if (volume === undefined) return { kind: 'claim', namespace, claim: pod };
  return { kind: 'pod', namespace, pod, volume };
}
