import { listBackups } from '#archive/backups.ts';
import { deleteBackup } from '#archive/delete-backup.ts';
import { readRunIdentity } from '#archive/run-identity.ts';
import { matches } from '#kube/selectors.ts';
import type { Context } from '../../context.ts';
import { listing } from '../../output/outcome.ts';
import type { Handler, Input } from '../../spec.ts';
import { deleteEach, requireOneChoice } from '../../velero/delete-each.ts';
import { requirementsOf } from '../../velero/spec-flags.ts';
import { backupTexts } from './messages.ts';
import type { remove } from './table.ts';

/** How many names a question holds. */
const mostNames = 20;

export const run: Handler<typeof remove> = async (input, context) => {
  const { args, flags } = input;
  requireOneChoice({ names: args, all: flags.all, selector: flags.selector });
  const { store, name: location } = await context.location();
  const names = args.length > 0 ? [...new Set(args)] : await chosen(input, context);
  if (names.length === 0) {
    return listing({ items: names, columns: [], name: name => name, empty: backupTexts.noneSelected });
  }
  if (flags.confirm !== true) await ask(names, location, context);
  const { progress, signal } = context;
  const identity = await readRunIdentity();
  return deleteEach(
    {
      type: 'backup.velero.io',
      names,
      remove: name => deleteBackup(store, name, { identity, progress, signal }),
    },
    context,
  );
};

/** Every backup, or those with the labels; one that cannot be read has none. */
async function chosen({ flags }: Input<typeof remove.flags>, context: Context): Promise<string[]> {
  const selector = requirementsOf(flags.selector);
  const { store } = await context.location();
  const names: string[] = [];
  for await (const { name, backup } of listBackups(store, { signal: context.signal })) {
    const fits = flags.all === true || (backup && matches(selector, backup.metadata.labels ?? {}));
    if (fits === true) names.push(name);
  }
  return names;
}

async function ask(names: readonly string[], location: string, context: Context): Promise<void> {
  const question = backupTexts.confirmDelete({
    names: names.slice(0, mostNames),
    more: Math.max(0, names.length - mostNames),
    location,
  });
  await context.confirm(question, '--confirm');
}
