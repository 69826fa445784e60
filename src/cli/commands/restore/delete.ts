import { deleteRestore } from '#archive/runs/delete-restore.ts';
import { listRestores } from '#archive/stored/restores.ts';
import type { Handler } from '../../spec.ts';
import { deleteChosen } from '../../velero/delete-each.ts';
import { restoreTexts } from './messages.ts';
import type { remove } from './table.ts';

export const run: Handler<typeof remove> = async ({ args, flags }, context) => {
  const { store, name: location } = await context.location();
  const { signal } = context;
  return deleteChosen(
    { names: args, ...flags },
    {
      type: 'restore.velero.io',
      list: async function* () {
        for await (const { name, restore } of listRestores(store, { signal })) {
          yield { name, labels: restore?.metadata.labels };
        }
      },
      remove: name => deleteRestore(store, name, { signal }),
      question: (names, more) => restoreTexts.confirmDelete({ names, more, location }),
      noneSelected: restoreTexts.noneSelected,
    },
    context,
  );
};
