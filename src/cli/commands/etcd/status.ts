import { readClusterState } from '#etcd/status/cluster-state.ts';
import { judge, type Verdict } from '#etcd/status/judge.ts';
import { preflight, type Surroundings } from '#etcd/status/preflight.ts';
import { localDataDirectory } from '#etcd/v2/data-directory.ts';
import { readV2Data, v2DataByVersions } from '#etcd/v2/v2-data.ts';
import { type ExitName, isHozonError } from '#foundation/errors.ts';
import type { Context } from '../../context.ts';
import { description } from '../../output/outcome.ts';
import { reasonOf } from '../../reason.ts';
import type { Handler } from '../../spec.ts';
import { readAccess } from './access.ts';
import { statusData } from './status-data.ts';
import type { status } from './status-spec.ts';
import { type ClusterView, statusFields } from './status-view.ts';

const exits: Readonly<Record<Verdict, ExitName | undefined>> = {
  healthy: undefined,
  degraded: 'partial',
  unhealthy: 'failed',
};

export const run: Handler<typeof status> = async ({ flags }, context) => {
  const access = await readAccess(flags, context);
  const { everyMember, dataDir } = flags;
  const state = await readClusterState({ ...access, everyMember, signal: context.signal });
  const judgement = judge(state, context.clock.now());
  const versions = state.endpoints.flatMap(each => each.status?.version ?? []);
  const view: ClusterView = {
    state,
    judgement,
    v2: dataDir === undefined ? v2DataByVersions(versions) : await readV2Data(localDataDirectory(dataDir)),
    checks: flags.preflight === true ? preflight(state, judgement, await askApiServer(context)) : [],
    now: context.clock.now(),
  };
  // what was asked for and cannot be told is no success
  const exit =
    exits[judgement.verdict] ??
    (dataDir !== undefined && view.v2.v2Data === 'unknown' ? 'partial' : undefined);
  return description({
    name: state.clusterIds[0] ?? '',
    data: statusData(view),
    text: statusFields(view, context.globals.output === 'wide'),
    ...(exit === undefined ? {} : { exit }),
  });
};

/** What the API server says of itself. Without a kubeconfig there is nobody to ask; one that is broken, or a server that does not answer, has failed. */
export async function askApiServer({ cluster, globals, signal }: Context): Promise<Surroundings> {
  try {
    const api = await cluster();
    return { apiServer: { version: (await api.version(signal)).gitVersion } };
  } catch (thrown) {
    signal.throwIfAborted();
    if (isHozonError(thrown, 'kube.kubeconfig-missing') && globals.kubeconfig === undefined) {
      return { apiServer: undefined };
    }
    return { apiServer: { failed: reasonOf(thrown) } };
  }
}
