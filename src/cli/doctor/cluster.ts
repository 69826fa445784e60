import { formatDuration } from '#foundation/format.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Context } from '../context.ts';
import { say } from '../spec.ts';
import { type Check, type Finding, fail, failedBy, ok, warn } from './finding.ts';
import { isAllowed, type Question, whoAmI } from './reviews.ts';

const kubeconfig: Check = { check: 'kubeconfig', title: say('kubeconfig', 'kubeconfig') };
const server: Check = { check: 'api-server', title: say('API server', 'API サーバー') };
const user: Check = { check: 'user', title: say('User', 'ユーザー') };
const clock: Check = { check: 'cluster-clock', title: say("Cluster's clock", 'クラスターの時刻') };
const reading: Check = { check: 'may-read', title: say('May read', '読み取り権限') };
const writing: Check = { check: 'may-write', title: say('May write', '書き込み権限') };
const executing: Check = { check: 'may-exec', title: say('May run hooks', 'フックの実行権限') };
const groups: Check = { check: 'api-groups', title: say('API groups', 'API グループ') };

/** Certificates and tokens are judged by the clock; beyond this they begin to fail. Milliseconds. */
export const mostSkew = 60_000;

/** Whether there is a cluster to work with, and what it lets us do. */
export async function* checkCluster(context: Context): AsyncGenerator<Finding> {
  let cluster: KubeApi;
  try {
    cluster = await context.cluster();
  } catch (thrown) {
    yield failedBy(kubeconfig, thrown);
    return;
  }
  yield ok(kubeconfig, say(cluster.server, cluster.server));
  const reached = await checkVersion(cluster, context);
  yield reached;
  if (reached.verdict === 'fail') return;
  yield* checkUser(cluster, context);
  for (const wanted of permissions) yield await checkAccess(cluster, context, wanted);
  yield await checkGroups(cluster, context);
}

async function checkVersion(cluster: KubeApi, { signal }: Context): Promise<Finding> {
  try {
    const { gitVersion, platform } = await cluster.version(signal);
    return ok(server, say(`${gitVersion} (${platform})`, `${gitVersion} (${platform})`));
  } catch (thrown) {
    return failedBy(server, thrown);
  }
}

async function* checkUser(cluster: KubeApi, context: Context): AsyncGenerator<Finding> {
  try {
    const before = context.clock.now().getTime();
    const { user: name, serverTime } = await whoAmI(cluster, context.signal);
    yield ok(user, say(name, name));
    if (serverTime === undefined) return;
    yield checkSkew(clock, serverTime.getTime() - before);
  } catch (thrown) {
    yield failedBy(user, thrown);
  }
}

/** Judges how far another clock is ahead of ours. Milliseconds. */
export function checkSkew(check: Check, skew: number): Finding {
  const shown = formatDuration(Math.abs(skew));
  if (Math.abs(skew) <= mostSkew)
    return ok(check, say(`within ${shown} of this machine's`, `このマシンとの差は ${shown} 以内です`));
  return warn(
    check,
    say(
      `${shown} ${skew > 0 ? 'ahead of' : 'behind'} this machine's`,
      `このマシンより ${shown} ${skew > 0 ? '進んでいます' : '遅れています'}`,
    ),
    say(
      'Set the clocks by NTP: tokens, certificates, signatures and expirations depend on them.',
      'NTP で時刻を合わせてください。トークン、証明書、署名、有効期限に影響します。',
    ),
  );
}

interface Permission {
  readonly check: Check;
  /** What it means where it is not given. */
  readonly judge: typeof warn;
  readonly questions: readonly Question[];
}

const permissions: readonly Permission[] = [
  {
    check: reading,
    judge: fail,
    questions: [
      { verb: 'get', group: '*', resource: '*' },
      { verb: 'list', group: '*', resource: '*' },
    ],
  },
  {
    check: writing,
    judge: warn,
    questions: [
      { verb: 'create', group: '*', resource: '*' },
      { verb: 'patch', group: '*', resource: '*' },
    ],
  },
  {
    check: executing,
    judge: warn,
    questions: [{ verb: 'create', group: '', resource: 'pods', subresource: 'exec' }],
  },
];

async function checkAccess(cluster: KubeApi, { signal }: Context, permission: Permission): Promise<Finding> {
  const { check, judge, questions } = permission;
  try {
    const refused: string[] = [];
    for (const question of questions) {
      if (!(await isAllowed(cluster, question, signal))) refused.push(nameOf(question));
    }
    const all = questions.map(nameOf).join(', ');
    return refused.length === 0 ? ok(check, say(all, all)) : judge(check, refusal(refused), accessHint);
  } catch (thrown) {
    return failedBy(check, thrown);
  }
}

const refusal = (refused: readonly string[]) =>
  say(
    `not for everything: ${refused.join(', ')}`,
    `次の権限がすべてのリソースに対しては与えられていません: ${refused.join(', ')}`,
  );

const accessHint = say(
  'What you may not read or write is left out and reported. Use an account with the ClusterRole cluster-admin for whole clusters, admin of a project for its namespace.',
  '権限のないリソースは対象外となり、報告されます。クラスター全体には ClusterRole cluster-admin、プロジェクトには admin を持つアカウントを使用してください。',
);

function nameOf({ verb, group, resource, subresource }: Question): string {
  const scope = group === '' ? '' : `.${group}`;
  return `${verb} ${resource}${scope}${subresource === undefined ? '' : `/${subresource}`}`;
}

async function checkGroups(cluster: KubeApi, { signal }: Context): Promise<Finding> {
  try {
    const { preferred, unavailable } = await cluster.discover({ signal });
    if (unavailable.length === 0)
      return ok(groups, say(`${preferred.length} types`, `${preferred.length} 種類`));
    const names = unavailable.map(group => `${group.groupVersion} (${group.reason})`).join(', ');
    return warn(
      groups,
      say(`do not answer: ${names}`, `応答がありません: ${names}`),
      say(
        'Objects of these groups cannot be backed up until their API server answers: see "kubectl get apiservices".',
        'これらのグループのオブジェクトは、API サーバーが応答するまでバックアップできません。"kubectl get apiservices" で確認してください。',
      ),
    );
  } catch (thrown) {
    return failedBy(groups, thrown);
  }
}
