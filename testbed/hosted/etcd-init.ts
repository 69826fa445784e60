/** Where the script of {@link etcdInitScript} puts what it fetched. */
const fetched = '/tmp/snapshot';

/**
 * The script of the init container that brings a member's data back from a snapshot. It leaves data that is there alone.
 * curl takes an answer that says no (`<?xml …`) for the file, so that is looked for. With `splitBrain` it has the defect
 * OCPBUGS-99534: each member is restored without its name and without the others, so it becomes a cluster of its own, with
 * the ids that every other has too.
 */
export function etcdInitScript(splitBrain: boolean): string {
  const identity = [
    '--name "$HOSTNAME"',
    '--initial-advertise-peer-urls "https://$HOSTNAME.etcd-discovery.$NAMESPACE.svc:2380"',
    '--initial-cluster "$ETCD_INITIAL_CLUSTER"',
    '--initial-cluster-token etcd-cluster',
    '--bump-revision 1000000000 --mark-compacted',
  ];
  const options = ['--data-dir=/var/lib/restore', ...(splitBrain ? [] : identity)];
  return `mkdir -p /var/lib/data
if [ -n "$(ls -A /var/lib/data)" ]; then
  echo "/var/lib/data has data already: the snapshot is not restored"
  exit 0
fi
curl -sS -o ${fetched} "$RESTORE_URL_ETCD"
if head -c 5 ${fetched} | grep -q '<?xml'; then
  cat ${fetched}
  exit 1
fi
rm -rf /var/lib/restore
etcdutl snapshot status ${fetched} -w table
etcdutl snapshot restore ${fetched} ${options.join(' ')}
rm -rf /var/lib/data
mv /var/lib/restore /var/lib/data
`;
}
