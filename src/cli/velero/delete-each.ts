import { isAbort, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import { matches, type Requirement } from '#kube/selectors.ts';
import type { Context } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { heads } from '../messages.ts';
import { type Column, listing, type Outcome } from '../output/outcome.ts';
import { reasonOf } from '../reason.ts';
import { say } from '../spec.ts';
import { requirementsOf } from './spec-flags.ts';
import { veleroTexts } from './texts.ts';

/** How it is said what to delete: exactly one of the first three. */
export interface Choice {
  readonly names: readonly string[];
  readonly all: boolean | undefined;
  readonly selector: string | undefined;
  /** Whether the person has already said yes. */
  readonly confirm: boolean | undefined;
}

/** What can be deleted, and how. */
export interface Deletion {
  /** As kubectl names it: `backup.velero.io`. */
  readonly type: string;
  /** What there is; without labels where they cannot be read. */
  readonly list: () => AsyncIterable<{
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>> | null | undefined;
  }>;
  readonly remove: (name: string) => Promise<void>;
  /** Asks about these names, and so many more. */
  readonly question: (names: readonly string[], more: number) => Message;
  readonly noneSelected: Message;
}

/** How many names a question holds. */
const mostNames = 20;

/**
 * Deletes what was chosen, after a yes, one after the other; one that fails does not keep the others, a single one that
 * fails is thrown. Throws `cli.missing-flag`, `cli.conflicting-flags` unless exactly one way to choose was used.
 */
export async function deleteChosen(choice: Choice, deletion: Deletion, context: Context): Promise<Outcome> {
  requireOneWay(choice);
  const selector = requirementsOf(choice.selector);
  const names = choice.names.length > 0 ? [...new Set(choice.names)] : await chosen(deletion, selector);
  if (names.length > 0 && choice.confirm !== true) {
    const asked = deletion.question(names.slice(0, mostNames), Math.max(0, names.length - mostNames));
    await context.confirm(asked, '--confirm');
  }
  return deleteEach(names, deletion, context);
}

function requireOneWay({ names, all, selector }: Choice): void {
  const used = [
    ...(names.length > 0 ? ['NAMES'] : []),
    ...(all === true ? ['--all'] : []),
    ...(selector === undefined ? [] : ['--selector']),
  ];
  if (used.length === 0) throw cliErrors.raise['missing-flag']({ flags: ['NAMES', '--all', '--selector'] });
  if (used.length > 1) throw cliErrors.raise['conflicting-flags']({ flags: used });
}

async function chosen({ list }: Deletion, selector: readonly Requirement[]): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, labels } of list()) {
    if (selector.length === 0 || matches(selector, labels ?? {})) names.push(name);
  }
  return names;
}

interface Deleted {
  readonly name: string;
  readonly failure?: unknown;
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

async function deleteEach(names: readonly string[], deletion: Deletion, context: Context): Promise<Outcome> {
  const items: Deleted[] = [];
  for (const name of names) {
    try {
      await deletion.remove(name);
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
    name: item => `${deletion.type}/${item.name}`,
    data: ({ name, failure }) => ({ name, deleted: failure === undefined, ...errorOf(failure) }),
    empty: deletion.noneSelected,
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
