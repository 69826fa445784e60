import { isAbort, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { Context } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { heads } from '../messages.ts';
import { type Column, listing, type Outcome } from '../output/outcome.ts';
import { reasonOf } from '../reason.ts';
import { say } from '../spec.ts';
import { veleroTexts } from './texts.ts';

/** How it is said what to delete: exactly one of the three. */
export interface Choice {
  readonly names: readonly string[];
  readonly all: boolean | undefined;
  readonly selector: string | undefined;
}

/** Throws `cli.missing-flag`, `cli.conflicting-flags` unless exactly one way was used. */
export function requireOneChoice({ names, all, selector }: Choice): void {
  const used = [
    ...(names.length > 0 ? ['NAMES'] : []),
    ...(all === true ? ['--all'] : []),
    ...(selector === undefined ? [] : ['--selector']),
  ];
  if (used.length === 0) throw cliErrors.raise['missing-flag']({ flags: ['NAMES', '--all', '--selector'] });
  if (used.length > 1) throw cliErrors.raise['conflicting-flags']({ flags: used });
}

interface Deleted {
  readonly name: string;
  readonly failure?: unknown;
}

export interface Deletion {
  /** As kubectl names it: `backup.velero.io`. */
  readonly type: string;
  readonly names: readonly string[];
  readonly remove: (name: string) => Promise<void>;
}

const columns: readonly Column<Deleted>[] = [
  { header: heads.name, cell: item => item.name },
  {
    header: heads.result,
    cell: ({ failure }) =>
      failure === undefined
        ? { text: veleroTexts.deleted, tone: 'good' }
        : { text: veleroTexts.failed, tone: 'bad' },
  },
];

/** Deletes one after the other; one that fails does not keep the others. A single one that fails is thrown. */
export async function deleteEach({ type, names, remove }: Deletion, context: Context): Promise<Outcome> {
  const items: Deleted[] = [];
  for (const name of names) {
    try {
      await remove(name);
      items.push({ name });
    } catch (thrown) {
      if (isAbort(thrown) || !isHozonError(thrown) || names.length === 1) throw thrown;
      context.note(failureNote(name, thrown));
      items.push({ name, failure: thrown });
    }
  }
  const failed = items.filter(item => item.failure !== undefined).length;
  return listing<Deleted>({
    items,
    columns,
    name: item => `${type}/${item.name}`,
    data: ({ name, failure }) => ({ name, deleted: failure === undefined, ...errorOf(failure) }),
    ...(failed === 0 ? {} : { exit: failed === items.length ? ('failed' as const) : ('partial' as const) }),
  });
}

function errorOf(failure: unknown): object {
  return isHozonError(failure) ? { error: { code: failure.code, message: failure.explain('en') } } : {};
}

function failureNote(name: string, thrown: unknown): Message {
  const reason = reasonOf(thrown);
  return say(`${name} was not deleted: ${reason.en()}`, `${name} を削除できませんでした: ${reason.ja()}`);
}
