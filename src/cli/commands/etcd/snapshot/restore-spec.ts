import { say, spec } from '../../../spec.ts';

export const restore = spec({
  name: 'restore',
  summary: say(
    'Prepare the data directory of a new member or cluster from a snapshot',
    'スナップショットから、新しいメンバーまたはクラスターのデータディレクトリーを準備します',
  ),
  details: say(
    'Done with etcd’s own etcdutl (before 3.5, etcdctl), and checked before and after: nothing stays that is not whole. Run it for each member, on its host, with the same snapshot, --initial-cluster and --initial-cluster-token: these make one cluster of them. Flags mean what they mean to etcdutl.',
    'etcd 付属の etcdutl (3.5 より前は etcdctl) で復元し、前後に検証します。不完全なものは残しません。各メンバーのホストで、同じスナップショット、同じ --initial-cluster と --initial-cluster-token を指定して実行すると、1 つのクラスターになります。フラグの意味は etcdutl と同じです。',
  ),
  arguments: [
    {
      name: 'FILE',
      required: true,
      complete: 'files',
      summary: say('The path of the snapshot', 'スナップショットのパス'),
    },
  ],
  flags: {
    dataDir: {
      kind: 'text',
      value: 'DIRECTORY',
      complete: 'files',
      summary: say(
        'The data directory: not there yet, or empty',
        'データディレクトリー (存在しないか、空であること)',
      ),
    },
    walDir: {
      kind: 'text',
      value: 'DIRECTORY',
      complete: 'files',
      summary: say(
        'The directory of the log, if it is outside of the data directory: not there yet',
        'ログをデータディレクトリーの外に置く場合のディレクトリー (存在しないこと)',
      ),
    },
    name: {
      kind: 'text',
      value: 'NAME',
      summary: say(
        'The name of the member; "default" unless given',
        'メンバーの名前。省略時は "default" です',
      ),
    },
    initialCluster: {
      kind: 'text',
      value: 'NAME=URL,…',
      summary: say(
        'All members with their peer URLs; this one at http://localhost:2380 unless given',
        '全メンバーの名前とピア URL。省略時はこのメンバーだけ (http://localhost:2380) です',
      ),
    },
    initialClusterToken: {
      kind: 'text',
      value: 'TOKEN',
      summary: say(
        'What sets this cluster apart from others with the same URLs; "etcd-cluster" unless given',
        '同じ URL を持つ他のクラスターと区別するための文字列。省略時は "etcd-cluster" です',
      ),
    },
    initialAdvertisePeerUrls: {
      kind: 'text',
      value: 'URL,…',
      summary: say(
        'The peer URLs of this member; those in --initial-cluster unless given',
        'このメンバーのピア URL。省略時は --initial-cluster の URL です',
      ),
    },
    bumpRevision: {
      kind: 'number',
      value: 'COUNT',
      summary: say(
        'Raise the newest revision by this, so that it is above all that clients have seen',
        'クライアントが知るリビジョンを上回るように、最新のリビジョンを増やします',
      ),
    },
    markCompacted: {
      kind: 'switch',
      summary: say(
        'Let clients know that earlier revisions are gone; goes with --bump-revision',
        '以前のリビジョンが失われたことをクライアントに知らせます (--bump-revision と併用)',
      ),
    },
    skipHashCheck: {
      kind: 'switch',
      summary: say(
        'Take a copy of a database, which has no checksum',
        'チェックサムのないデータベースのコピーからの復元を許可します',
      ),
    },
    etcdutl: {
      kind: 'text',
      value: 'PROGRAM',
      complete: 'files',
      summary: say(
        'The etcdutl or etcdctl to use; the one on the PATH unless given',
        '使用する etcdutl または etcdctl。省略時は PATH から探します',
      ),
    },
    dryRun: {
      kind: 'switch',
      summary: say(
        'Check everything, show what would come out, and write nothing',
        'すべてを確認して結果の見込みを表示し、何も書き込みません',
      ),
    },
  },
  examples: [
    {
      command:
        'hozon etcd snapshot restore snapshot.db --data-dir /var/lib/etcd --name m0 --initial-cluster m0=https://10.0.0.10:2380 --initial-cluster-token after-2026-11-21 --bump-revision 1000000000 --mark-compacted',
      summary: say(
        'A cluster of one member, which others can join',
        '1 メンバーのクラスターを準備します (後から他のメンバーを追加できます)',
      ),
    },
  ],
});
