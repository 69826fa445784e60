import type { HozonError } from '#foundation/errors.ts';
import { type ExitName, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { Cell } from '../output/outcome.ts';
import { reasonOf } from '../reason.ts';
import { say } from '../spec.ts';

/** Something of a listing that may not be readable. */
export interface Listed {
  readonly name: string;
  readonly problem?: HozonError;
}

/** How to come by what is listed. */
export interface Source<T extends Listed> {
  readonly read: (name: string) => Promise<T>;
  readonly list: () => AsyncIterable<T>;
}

export interface Found<T extends Listed> {
  readonly items: readonly T[];
  readonly notes: readonly Message[];
  readonly exit?: ExitName;
}

/**
 * Those that are named, in that order, else all there are. Of several names, one that is not there is a note and an
 * exit code; a single one, or none of them, is thrown.
 */
export async function namedOrListed<T extends Listed>(
  names: readonly string[],
  { read, list }: Source<T>,
): Promise<Found<T>> {
  if (names.length === 0) return { items: await Array.fromAsync(list()), notes: [] };
  const items: T[] = [];
  const failures: HozonError[] = [];
  for (const name of new Set(names)) {
    try {
      items.push(await read(name));
    } catch (thrown) {
      if (!isHozonError(thrown) || thrown.exit === 'cancelled') throw thrown;
      failures.push(thrown);
    }
  }
  const [first] = failures;
  if (first === undefined) return { items, notes: [] };
  if (items.length === 0) throw first;
  return { items, notes: failures.map(reasonOf), exit: first.exit };
}

/** What stands in the place of a phase that could not be read. */
export const unreadableCell: Cell = { text: say('Unreadable', '読み取り不可'), tone: 'bad' };

/** Why some rows are empty. */
export function problemNotes(items: readonly Listed[]): Message[] {
  return items.flatMap(({ name, problem }) => {
    if (problem === undefined) return [];
    const reason = reasonOf(problem);
    return [
      say(`Note: ${name} cannot be read: ${reason.en()}`, `注: ${name} を読み取れません: ${reason.ja()}`),
    ];
  });
}

/** What JSON and YAML show of something that cannot be read. */
export function listedData(kind: 'Backup' | 'Restore', { name, problem }: Listed): unknown {
  return {
    apiVersion: 'velero.io/v1',
    kind,
    metadata: { name },
    problem: { code: problem?.code, message: problem?.explain('en') },
  };
}
