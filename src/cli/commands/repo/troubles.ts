import type { Message } from '#foundation/language.ts';
import { say } from '../../spec.ts';

/** How many entries in trouble are named on the screen; JSON and YAML name all. */
const shown = 100;

/** What was, or was not, done to an entry: `stored`, `restored`. */
export interface Done {
  readonly en: string;
  /** `保存`, `復元`. */
  readonly ja: string;
}

/** Names entries as they get into trouble, up to a limit. */
export function naming(
  { en, ja }: Done,
  note: (text: Message) => void,
): (name: string, trouble: Message) => void {
  let told = 0;
  return (name, trouble) => {
    if (++told > shown) return;
    note(
      say(
        `Not ${en} as it is: ${name}: ${trouble.en()}`,
        `正しく${ja}できませんでした: ${name}: ${trouble.ja()}`,
      ),
    );
  };
}

/** How many there were, if any. */
export function countNotes({ en, ja }: Done, count: number): Message[] {
  if (count === 0) return [];
  const more = count > shown;
  const entries = count === 1 ? '1 entry is' : `${count} entries are`;
  return [
    say(
      `${entries} not ${en} as ${count === 1 ? 'it is' : 'they are'}${more ? '; -o json names all' : ''}.`,
      `正しく${ja}できなかったエントリー: ${count} 件${more ? ' (-o json ですべて表示できます)' : ''}`,
    ),
  ];
}
