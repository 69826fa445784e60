import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { systemClock } from '#foundation/clock.ts';
import { connect } from '#kube/client/client.ts';
import { createRestore } from '#restore/create-restore.ts';
import { backupsIn } from '#restore/source.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { restoreOf } from './scene.ts';

/** `restore-process.ts KUBECONFIG DIRECTORY BACKUP`: restores a backup and prints the record as JSON. */
const [kubeconfig = '', root = '', backup = ''] = process.argv.slice(2);
await using api = await connect({ kubeconfig });
const store = new FilesystemStore(root);
const { restore } = await createRestore(restoreOf(backup), {
  api,
  source: backupsIn(store),
  store,
  identity: await readRunIdentity(),
  clock: systemClock,
  veleroNamespace: 'velero',
});
process.stdout.write(JSON.stringify(restore));
