import type { Finding } from '#archive/runs/run-report.ts';
import type { ResultSection, Results } from '#archive/stored/results.ts';
import type { Message } from '#foundation/language.ts';
import type { Cell, Field, Tone } from '../output/outcome.ts';
import { say } from '../spec.ts';

/** Lines under one head: a namespace, the cluster's own objects, or the run as a whole. */
interface Group {
  readonly label: string | Message;
  readonly lines: readonly (string | Message)[];
}

const runLabel = say('The run as a whole', '実行全体');
const clusterLabel = say('Cluster-scoped', 'クラスタースコープ');

export const resultLabels = {
  warnings: say('Warnings', '警告'),
  errors: say('Errors', 'エラー'),
} as const;

/** What was stored of a run's errors and warnings, in full. Velero stores them in English, and so does Hozon. */
export function storedResults(results: Results): Field[] {
  return [
    resultField(resultLabels.errors, groupsOf(results.errors), { tone: 'bad' }),
    resultField(resultLabels.warnings, groupsOf(results.warnings), { tone: 'warn' }),
  ];
}

/** How much of what was found is shown at once; all of it is stored. */
interface Limits {
  readonly groups: number;
  /** In each group. */
  readonly lines: number;
}

const freshLimits: Limits = { groups: 20, lines: 10 };

/** What a run has just found, in the reader's language; the first of it where it is much. */
export function freshResults(findings: readonly Finding[]): Field[] {
  const of = (severity: Finding['severity']): Group[] =>
    groupsOfFindings(findings.filter(finding => finding.severity === severity));
  return [
    resultField(resultLabels.errors, of('error'), { tone: 'bad', limits: freshLimits }),
    resultField(resultLabels.warnings, of('warning'), { tone: 'warn', limits: freshLimits }),
  ];
}

function groupsOf({ velero, cluster, namespaces }: ResultSection): Group[] {
  return [
    { label: runLabel, lines: velero ?? [] },
    { label: clusterLabel, lines: cluster ?? [] },
    ...byName(Object.entries(namespaces ?? {})),
  ].filter(group => group.lines.length > 0);
}

function groupsOfFindings(findings: readonly Finding[]): Group[] {
  const run: Message[] = [];
  const cluster: Message[] = [];
  const namespaces = new Map<string, Message[]>();
  const groupOf = ({ subject }: Finding): Message[] => {
    const namespace = subject?.namespace ?? '';
    if (namespace === '') return subject?.resource === undefined ? run : cluster;
    const lines = namespaces.get(namespace) ?? [];
    namespaces.set(namespace, lines);
    return lines;
  };
  for (const finding of findings) groupOf(finding).push(lineOf(finding));
  return [
    { label: runLabel, lines: run },
    { label: clusterLabel, lines: cluster },
    ...byName([...namespaces]),
  ].filter(group => group.lines.length > 0);
}

function byName(groups: readonly (readonly [string, Group['lines']])[]): Group[] {
  return groups.map(([label, lines]) => ({ label, lines })).sort((a, b) => (a.label < b.label ? -1 : 1));
}

function lineOf({ subject, text }: Finding): Message {
  const parts = [subject?.resource, subject?.name].filter(part => part !== undefined && part !== '');
  if (parts.length === 0) return text;
  const about = parts.join('/');
  return { en: () => `${about}: ${text.en()}`, ja: () => `${about}: ${text.ja()}` };
}

interface Shown {
  readonly tone: Tone;
  readonly limits?: Limits;
}

function resultField(label: Message, groups: readonly Group[], { tone, limits }: Shown): Field {
  const count = countOf(groups);
  if (count === 0) return { label, value: '0' };
  const shown = groups.slice(0, limits?.groups);
  const hidden = groups.slice(shown.length);
  return {
    label,
    value: { text: String(count), tone },
    fields: shown.map(group => ({ label: group.label, lines: linesOf(group.lines, limits?.lines) })),
    ...(hidden.length === 0 ? {} : { lines: [more(countOf(hidden), hidden.length)] }),
  };
}

function countOf(groups: readonly Group[]): number {
  return groups.reduce((sum, group) => sum + group.lines.length, 0);
}

function linesOf(lines: readonly (string | Message)[], most = lines.length): Cell[] {
  const left = lines.length - most;
  return left <= 0 ? [...lines] : [...lines.slice(0, most), more(left)];
}

function more(lines: number, namespaces?: number): Cell {
  const text =
    namespaces === undefined
      ? say(`… and ${lines} more`, `… 他 ${lines} 件`)
      : say(
          `… and ${lines} more in other namespaces (${namespaces})`,
          `… 他の namespace (${namespaces}) に ${lines} 件`,
        );
  return { text, tone: 'dim' };
}
