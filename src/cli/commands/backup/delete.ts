import { deleteBackup } from '#archive/runs/delete-backup.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { listBackups } from '#archive/stored/backups.ts';
import type { Handler } from '../../spec.ts';
import { deleteChosen } from '../../velero/delete-each.ts';
import { backupTexts } from './messages.ts';
import type { remove } from './table.ts';

export const run: Handler<typeof remove> = async ({ args, flags }, context) => {
  const { store, name: location } = await context.location();
  const { clock, progress, signal } = context;
  return deleteChosen(
    { names: args, ...flags },
    {
      type: 'backup.velero.io',
      list: async function* () {
        for await (const { name, backup } of listBackups(store, { signal })) {
          yield { name, labels: backup?.metadata.labels };
        }
      },
      remove: async name => {
        const identity = await readRunIdentity();
        await deleteBackup(store, name, { identity, clock, progress, signal });
      },
      question: (names, more) => backupTexts.confirmDelete({ names, more, location }),
      noneSelected: backupTexts.noneSelected,
    },
    context,
  );
};
