import type { Language, Message } from '#foundation/language.ts';
import { explainFinding, type Finding } from '#projects/findings.ts';
import { formatRef } from '#projects/object-ref.ts';
import type { Cell } from '../../output/outcome.ts';

/** A finding as one line: the object that it is about, and what there is to know. */
export function findingText(found: Finding): Message {
  const subject = found.object === undefined ? '' : `${formatRef(found.object)}: `;
  const text = (language: Language) => () => `${subject}${explainFinding(found, language)}`;
  return { en: text('en'), ja: text('ja') };
}

/** {@link findingText} in the colour of its severity. */
export function findingCell(found: Finding): Cell {
  const text = findingText(found);
  if (found.severity === 'note') return text;
  return { text, tone: found.severity === 'error' ? 'bad' : 'warn' };
}
