import { deleteBackup } from '#archive/runs/delete-backup.ts';
import { readRunIdentity } from '#archive/runs/run-identity.ts';
import { listBackups } from '#archive/stored/backups.ts';
import { cliErrors } from '../../errors.ts';
import type { Handler } from '../../spec.ts';
import { deleteChosen } from '../../velero/delete-each.ts';
import { moment } from '../../velero/times.ts';
import { backupTexts } from './messages.ts';
import type { prune } from './table.ts';

export const run: Handler<typeof prune> = async ({ flags }, context) => {
  if (flags.expired !== true) throw cliErrors.raise['missing-flag']({ flags: ['--expired'] });
  const { store, name: location } = await context.location();
  const { clock, progress, signal } = context;
  const now = clock.now();
  return deleteChosen(
    { names: [], all: flags.selector === undefined, selector: flags.selector, confirm: flags.confirm },
    {
      type: 'backup.velero.io',
      list: async function* () {
        for await (const { name, backup } of listBackups(store, { signal })) {
          const expiration = moment(backup?.status?.expiration);
          if (expiration !== undefined && expiration <= now) yield { name, labels: backup?.metadata.labels };
        }
      },
      remove: async name => {
        const identity = await readRunIdentity();
        await deleteBackup(store, name, { identity, clock, progress, signal });
      },
      question: (names, more) => backupTexts.confirmDelete({ names, more, location }),
      noneSelected: backupTexts.noneExpired,
    },
    context,
  );
};
