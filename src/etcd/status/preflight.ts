import { type Message, say } from '#foundation/language.ts';
import type { ClusterState } from './cluster-state.ts';
import type { Judgement } from './judge.ts';

/** What OpenShift's documents ask for before a backup of etcd is taken. */
export type PreflightCheck = 'etcdctl' | 'api-server' | 'connectivity' | 'certificates' | 'health';

export interface PreflightResult {
  readonly check: PreflightCheck;
  /** `unknown`: could not be looked at. */
  readonly outcome: 'passed' | 'failed' | 'unknown';
  readonly text: Message;
}

/** What is not seen by asking etcd. */
export interface Surroundings {
  /** `v1.34.4` of the API server that answered, or why none did; `undefined` where none was asked. */
  readonly apiServer: { readonly version: string } | { readonly failed: Message } | undefined;
}

const untrusting =
  /^etcd\.(?:server-|client-refused|login-refused|permission-denied|endpoint-(?:needs|not)-tls)/;

/** The five checks, in the documents' order. */
export function preflight(
  state: ClusterState,
  judgement: Judgement,
  { apiServer }: Surroundings,
): PreflightResult[] {
  return [
    {
      check: 'etcdctl',
      outcome: 'passed',
      text: say(
        'not needed: Hozon speaks etcd’s own protocol',
        '不要です (etcd のプロトコルで直接通信します)',
      ),
    },
    apiServerCheck(apiServer),
    connectivity(state),
    certificates(state),
    health(judgement),
  ];
}

function apiServerCheck(answer: Surroundings['apiServer']): PreflightResult {
  const check = 'api-server';
  if (answer === undefined)
    return { check, outcome: 'unknown', text: say('no cluster was named', 'クラスターが指定されていません') };
  if ('failed' in answer) return { check, outcome: 'failed', text: answer.failed };
  return { check, outcome: 'passed', text: say(answer.version, answer.version) };
}

function connectivity({ endpoints }: ClusterState): PreflightResult {
  const cut = endpoints.filter(
    ({ status, error }) => status === undefined && error !== undefined && !untrusting.test(error.code),
  );
  return over(
    'connectivity',
    cut.map(({ endpoint }) => endpoint),
    endpoints.length,
  );
}

function certificates({ endpoints }: ClusterState): PreflightResult {
  const refused = endpoints.filter(({ error }) => error !== undefined && untrusting.test(error.code));
  return over(
    'certificates',
    refused.map(({ endpoint }) => endpoint),
    endpoints.length,
  );
}

function over(check: PreflightCheck, failed: readonly string[], all: number): PreflightResult {
  if (failed.length > 0) return { check, outcome: 'failed', text: say(failed.join(', '), failed.join(', ')) };
  return {
    check,
    outcome: 'passed',
    text: say(`${all} of ${all} endpoints`, `${all} / ${all} エンドポイント`),
  };
}

/** Degraded is no reason against a backup, and often one for it. */
function health({ verdict }: Judgement): PreflightResult {
  return {
    check: 'health',
    outcome: verdict === 'unhealthy' ? 'failed' : 'passed',
    text: say(verdict, verdict),
  };
}
