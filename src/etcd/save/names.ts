/** What is kept of one moment: files whose names end in the same stamp, so that a snapshot is found together with what belongs to it. */
export interface SaveNames {
  /** `2026-11-21_140000`: UTC, so that the order of names is that of time. */
  readonly stamp: string;
  /** `snapshot_2026-11-21_140000.db`, as OpenShift's cluster-backup.sh names it. */
  readonly snapshot: string;
}

/** The names of what is saved at a moment. Source: cluster-backup.sh of cluster-etcd-operator, `date "+%F_%H%M%S"`. */
export function saveNames(moment: Date): SaveNames {
  const [date = '', time = ''] = moment.toISOString().split(/[T.]/);
  const stamp = `${date}_${time.replaceAll(':', '')}`;
  return { stamp, snapshot: `snapshot_${stamp}.db` };
}
