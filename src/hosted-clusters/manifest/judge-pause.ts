import { say } from '#foundation/language.ts';
import { textAt } from '#kube/fields.ts';
import { formatKey } from '#kube/objects.ts';
import type { HostedCluster } from '../hosted-cluster.ts';
import { isPaused } from '../verify/control-plane.ts';
import type { ManifestText } from './documents.ts';
import { type RestoreFinding, warning } from './finding.ts';

/** A pause that somebody wrote into a manifest: of what a server saved it has been taken away, what was written stays as it is. */
export function judgePause(
  { objects }: ManifestText,
  { object: cluster, key }: Pick<HostedCluster, 'object' | 'key'>,
  now: Date,
): RestoreFinding[] {
  const pools = objects.filter(
    ({ object }) => object.kind === 'NodePool' && textAt(object, 'spec', 'clusterName') === key.name,
  );
  return [cluster, ...pools.map(({ object }) => object)].flatMap(({ kind, metadata, ...object }) => {
    const until = textAt(object, 'spec', 'pausedUntil');
    if (until === undefined || !isPaused(until, now)) return [];
    return [warning('paused', texts.paused(`${kind} ${formatKey(metadata)}`, until))];
  });
}

const texts = {
  paused: (what: string, until: string) =>
    say(
      `${what} of the manifest is paused (spec.pausedUntil: ${until}): nothing of it is made until then, so remove that line before it is applied`,
      `マニフェストの ${what} は一時停止しています (spec.pausedUntil: ${until})。その間は何も作成されないため、適用する前にこの行を削除してください`,
    ),
};
