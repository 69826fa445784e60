import { type Difference, type Explained, formatDifference, formatPlace } from './compare.ts';

const shownExamples = 2;

/** What a comparison found, for a person: each reason with some of what it explains, then what nothing explains. */
export function reportOf({ groups, unexplained }: Explained): string[] {
  const lines = groups.flatMap(({ reason, differences }) => [
    `${reason.title} (${counted(differences)})`,
    `  ${reason.text}`,
    ...examplesOf(differences).map(line => `    ${line}`),
  ]);
  if (unexplained.length === 0) return lines;
  return [
    ...lines,
    `NOT EXPLAINED (${counted(unexplained)})`,
    ...unexplained.map(difference => `    ${formatDifference(difference)}`),
  ];
}

function counted(differences: readonly Difference[]): string {
  const objects = new Set(differences.map(formatPlace)).size;
  const fields = differences.filter(({ change }) => change !== undefined).length;
  const ofObjects = `${objects} ${objects === 1 ? 'object' : 'objects'}`;
  return fields === 0 ? ofObjects : `${fields} ${fields === 1 ? 'field' : 'fields'} of ${ofObjects}`;
}

/** Of different types where there are such. */
function examplesOf(differences: readonly Difference[]): string[] {
  const firsts = [...Map.groupBy(differences, ({ resource }) => resource).values()].flatMap(each =>
    each.slice(0, 1),
  );
  const chosen = new Set([...firsts, ...differences].slice(0, shownExamples));
  return [...chosen].map(formatDifference);
}
