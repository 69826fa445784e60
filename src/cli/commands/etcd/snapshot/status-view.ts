import type { ClusterFacts } from '#etcd/snapshot/facts.ts';
import type { SnapshotStatus } from '#etcd/snapshot/status.ts';
import { formatBytes } from '#foundation/format.ts';
import type { Field } from '../../../output/outcome.ts';
import { say } from '../../../spec.ts';

/** As JSON: the names of etcdutl, and both ways to count. */
export function statusData(status: SnapshotStatus, facts: ClusterFacts): object {
  const { hash, revision, liveKeys, entries, totalSize } = status;
  const { consistentIndex, term, ...others } = facts;
  return {
    hash,
    revision,
    totalKey: liveKeys,
    totalEntries: entries,
    totalSize,
    version: facts.storageVersion ?? '',
    ...others,
    consistentIndex: consistentIndex === undefined ? undefined : Number(consistentIndex),
    term: term === undefined ? undefined : Number(term),
  };
}

export function statusFields(status: SnapshotStatus, facts: ClusterFacts): Field[] {
  const { hash, revision, liveKeys, entries, totalSize } = status;
  return [
    { label: say('Hash', 'ハッシュ'), value: hash.toString(16) },
    { label: say('Revision', 'リビジョン'), value: String(revision) },
    {
      label: say('Compacted up to', '圧縮済みリビジョン'),
      value: facts.compactedRevision === undefined ? '–' : String(facts.compactedRevision),
    },
    {
      label: say('Keys', 'キー数'),
      value: say(`${liveKeys} (${entries} entries)`, `${liveKeys} (エントリー数 ${entries})`),
    },
    { label: say('Size', 'サイズ'), value: formatBytes(totalSize) },
    { label: say('Version', 'バージョン'), value: facts.storageVersion ?? facts.clusterVersion ?? '–' },
    {
      label: say('Members', 'メンバー'),
      lines: facts.members.map(({ id, name, peerUrls }) => [id, name, peerUrls.join(',')].join('  ')),
    },
  ];
}
