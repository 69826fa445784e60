import type { Language } from '#foundation/language.ts';
import { explainFinding, type Finding } from '#projects/findings.ts';
import { formatRef } from '#projects/object-ref.ts';
import type { Cell } from '../../output/outcome.ts';

/** A finding as one line: the object that it is about, and what there is to know. */
export function findingCell(found: Finding, language: Language): Cell {
  const subject = found.object === undefined ? '' : `${formatRef(found.object)}: `;
  const text = `${subject}${explainFinding(found, language)}`;
  if (found.severity === 'note') return text;
  return { text, tone: found.severity === 'error' ? 'bad' : 'warn' };
}
