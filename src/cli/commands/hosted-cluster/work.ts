import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { readHostedCluster } from '#hosted-clusters/hosted-cluster.ts';
import { configMapJournal } from '#hosted-clusters/journal/config-map-journal.ts';
import type { ClusterWork } from '#hosted-clusters/snapshot/work.ts';
import type { Journal } from '#steps/journal.ts';
import { expandHome } from '../../config/path.ts';
import type { Context } from '../../context.ts';
import { type FlagValues, say } from '../../spec.ts';
import { hostedClusterKey } from './names.ts';
import type { workFlags } from './snapshot-spec.ts';

/** Milliseconds. */
const usualPatience = 10 * 60_000;
const betweenLooks = 1000;

/** The cluster that the argument names, and what it is worked on with. */
export async function clusterWork(
  name: string,
  flags: FlagValues<typeof workFlags>,
  { cluster, clock, env, signal }: Context,
): Promise<ClusterWork> {
  const key = hostedClusterKey(name);
  const api = await cluster();
  const spoolBase = flags.spoolDir === undefined ? tmpdir() : resolve(expandHome(flags.spoolDir, env));
  return {
    api,
    cluster: await readHostedCluster(api, key, { signal }),
    nodePools: false,
    spoolBase: await realpath(spoolBase).catch(() => spoolBase), // whether it is there is asked before anything is taken
    clock,
    patience: flags.wait ?? usualPatience,
    every: betweenLooks,
  };
}

/** Where the run is recorded: in the management cluster. */
export function journalOf({ api, cluster, clock }: ClusterWork, { note }: Context): Journal {
  return configMapJournal({
    api,
    cluster,
    clock,
    onForeign: uid =>
      note(
        say(
          `The journal is of an earlier cluster of this name (uid ${uid}), and is not used.`,
          `ジャーナルは同名の以前のクラスター (uid ${uid}) のものであるため、使用しません。`,
        ),
      ),
    onWaiting: (who, milliseconds) =>
      note(
        say(
          `${who} holds the lock and is on another machine: waiting ${milliseconds / 1000} s for a sign of life`,
          `${who} がロックを保持しています (別のマシン)。${milliseconds / 1000} 秒間、応答を確認します`,
        ),
      ),
  });
}
