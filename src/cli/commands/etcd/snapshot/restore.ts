import { performRestore, restoreWords } from '#etcd/restore/perform.ts';
import { planRestore, type RestorePlan } from '#etcd/restore/plan.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import { expandHome } from '../../../config/path.ts';
import type { Context } from '../../../context.ts';
import { cliErrors } from '../../../errors.ts';
import { description, type Field } from '../../../output/outcome.ts';
import { type Handler, say } from '../../../spec.ts';
import type { restore } from './restore-spec.ts';

export const run: Handler<typeof restore> = async ({ args: [file = ''], flags }, context) => {
  const { signal, progress } = context;
  const plan = await planRestore(
    {
      snapshot: expandHome(file, context.env),
      dataDir: dataDirOf(flags.dataDir, context),
      walDir: flags.walDir && expandHome(flags.walDir, context.env),
      name: flags.name,
      initialCluster: flags.initialCluster,
      token: flags.initialClusterToken,
      advertisedPeerUrls: flags.initialAdvertisePeerUrls,
      bumpRevision: flags.bumpRevision,
      isMarkedCompacted: flags.markCompacted,
      skipsHashCheck: flags.skipHashCheck,
      tool: { given: flags.etcdutl && expandHome(flags.etcdutl, context.env), path: context.env['PATH'] },
    },
    { signal, progress },
  );
  const isDone = flags.dryRun !== true;
  if (isDone) await performRestore(plan, { signal, progress });
  return description({
    name: plan.dataDir,
    data: dataOf(plan, isDone),
    text: fieldsOf(plan, isDone),
    notes: notesOf(plan, isDone),
  });
};

function dataDirOf(given: string | undefined, { env }: Context): string {
  if (given !== undefined && given !== '') return expandHome(given, env);
  throw cliErrors.raise['missing-flag']({ flags: ['--data-dir'] });
}

function dataOf(plan: RestorePlan, isDone: boolean): object {
  const { snapshot, dataDir, walDir, tool, token, clusterId, member, members, revision, verified } = plan;
  const { status } = verified;
  return {
    performed: isDone,
    snapshot,
    dataDir,
    walDir,
    program: { path: tool.program, version: tool.version, arguments: restoreWords(plan) },
    clusterToken: token,
    clusterId,
    member,
    members,
    revision,
    snapshotRevision: status.revision,
    keys: status.liveKeys,
    startWith: startFlags(plan),
  };
}

function fieldsOf(plan: RestorePlan, isDone: boolean): readonly Field[] {
  const { snapshot, dataDir, walDir, tool, clusterId, members, member, verified } = plan;
  const { status } = verified;
  return [
    { label: say('Snapshot', 'スナップショット'), value: snapshot },
    {
      label: say('Keys', 'キー数'),
      value: say(
        `${status.liveKeys}, ${formatBytes(status.totalSize)}`,
        `${status.liveKeys} (${formatBytes(status.totalSize)})`,
      ),
    },
    { label: say('Revision', 'リビジョン'), value: revisionText(plan) },
    { label: say('Data directory', 'データディレクトリー'), value: dataDir },
    ...(walDir === undefined ? [] : [{ label: say('Log directory', 'ログのディレクトリー'), value: walDir }]),
    { label: say('Program', 'プログラム'), value: `${tool.program} ${tool.version}` },
    { label: say('Cluster ID', 'クラスター ID'), value: clusterId },
    {
      label: say('Members', 'メンバー'),
      lines: members.map(each => ({
        text: [each.id, each.name, each.peerUrls.join(',')].join('  '),
        tone: each.name === member.name ? 'strong' : 'dim',
      })),
    },
    {
      label: isDone
        ? say('Start etcd with', 'etcd の起動フラグ')
        : say('Then start etcd with', '復元後の etcd の起動フラグ'),
      lines: startFlags(plan),
    },
  ];
}

function revisionText({ revision, bumpRevision, verified }: RestorePlan): string | Message {
  const { revision: before } = verified.status;
  if (bumpRevision === undefined) return String(revision);
  return say(
    `${revision} (in the snapshot ${before}; everything before is marked as compacted)`,
    `${revision} (スナップショットでは ${before}。以前のリビジョンは圧縮済みになります)`,
  );
}

/** Those that must be as they were here: etcd works the identities out of them. */
function startFlags({ dataDir, walDir, member, members, token }: RestorePlan): readonly string[] {
  const cluster = members.flatMap(({ name, peerUrls }) => peerUrls.map(url => `${name}=${url}`));
  return [
    `--name=${member.name}`,
    `--data-dir=${dataDir}`,
    ...(walDir === undefined ? [] : [`--wal-dir=${walDir}`]),
    `--initial-advertise-peer-urls=${member.peerUrls.join(',')}`,
    `--initial-cluster=${cluster.join(',')}`,
    `--initial-cluster-token=${token}`,
  ];
}

/** Identities that every cluster has that was restored without flags: members of two of them take each other for one. */
const commonCluster = 'cdf818194e3a8c32';

function notesOf(plan: RestorePlan, isDone: boolean): readonly Message[] {
  return [
    ...(isDone ? [] : [notes.dryRun]),
    ...(plan.clusterId === commonCluster ? [notes.common] : []),
    ...(plan.bumpRevision === undefined ? [notes.notBumped] : []),
    ...(isDone && process.getuid?.() === 0
      ? [notes.owner([plan.dataDir, plan.walDir ?? []].flat().join(' '))]
      : []),
  ];
}

const notes = {
  dryRun: say(
    'Nothing was written. Run it again without --dry-run.',
    '何も書き込んでいません。--dry-run を外して再実行してください。',
  ),
  common: say(
    'Name, peer URL and token are those that etcdutl takes when nothing is given: every such cluster has the same identity. Give --name, --initial-cluster and a new --initial-cluster-token.',
    '名前、ピア URL、トークンが etcdutl の既定値のままです。既定値で復元したクラスターはすべて同じ ID になります。--name、--initial-cluster、新しい --initial-cluster-token を指定してください。',
  ),
  notBumped: say(
    'The revision was not raised: clients that remember later ones (all of Kubernetes does) must be restarted, or be told with --bump-revision 1000000000 --mark-compacted.',
    'リビジョンを増やしていません。新しいリビジョンを記憶しているクライアント (Kubernetes の全コンポーネント) を再起動するか、--bump-revision 1000000000 --mark-compacted を指定してください。',
  ),
  owner: (paths: string): Message =>
    say(
      `The files belong to root. Where etcd runs as another user, run \`chown -R etcd:etcd ${paths}\`, and with SELinux \`restorecon -R ${paths}\`.`,
      `ファイルの所有者は root です。etcd を別のユーザーで実行する場合は \`chown -R etcd:etcd ${paths}\` を、SELinux を使用している場合は \`restorecon -R ${paths}\` を実行してください。`,
    ),
} as const;
