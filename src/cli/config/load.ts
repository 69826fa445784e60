import { Value } from 'typebox/value';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type { Message } from '#foundation/language.ts';
import { cliErrors } from '../errors.ts';
import { say } from '../spec.ts';
import { readConfigText } from './read.ts';
import { type Config, configSchema } from './schema.ts';

/** The configuration file as it stands, comments and all, and what it means. */
export interface ConfigFile {
  readonly path: string;
  readonly document: Document;
  readonly config: Config;
}

/** Reads the configuration; one that is not there is empty. Throws `cli.config-*`. */
export async function loadConfig(path: string): Promise<ConfigFile> {
  return parseConfig(path, await readConfigText(path));
}

/** Parses and checks the text of a configuration file; an error names the line and the field. */
export function parseConfig(path: string, text: string): ConfigFile {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lineCounter.linePos(broken.pos[0]);
    throw cliErrors.raise['config-syntax']({ path, line, problem: broken.message });
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (!Value.Check(configSchema, value)) throw invalid(path, document, lineCounter, value);
  checkDefault(path, document, lineCounter, value);
  return { path, document, config: value };
}

function checkDefault(path: string, document: Document, lines: LineCounter, config: Config): void {
  const name = config.defaultLocation;
  if (name === undefined || config.locations?.[name] !== undefined) return;
  throw cliErrors.raise['config-invalid']({
    path,
    line: lineOf(document, lines, ['defaultLocation']),
    field: 'defaultLocation',
    problem: say(`there is no location "${name}" below locations`, `locations に "${name}" がありません`),
  });
}

type Problem = ReturnType<typeof Value.Errors>[number];

function invalid(path: string, document: Document, lines: LineCounter, value: unknown): Error {
  const problems = [...Value.Errors(configSchema, value)];
  // an unknown field is told twice: on its own ("schema is false") and, better, by its parent
  const problem = problems.find(each => each.keyword !== 'boolean') as Problem;
  const params = problem.params as Readonly<Record<string, unknown>>;
  const below =
    problem.keyword === 'additionalProperties'
      ? String((params['additionalProperties'] as string[])[0])
      : undefined;
  const segments = [...segmentsOf(problem.instancePath), ...(below === undefined ? [] : [below])];
  return cliErrors.raise['config-invalid']({
    path,
    line: lineOf(document, lines, segments),
    field: segments.join('.') || '.',
    problem: problemText(problem, params),
  });
}

function problemText(problem: Problem, params: Readonly<Record<string, unknown>>): Message {
  const text = problemTexts[problem.keyword];
  return text === undefined ? say(problem.message, problem.message) : text(params);
}

const problemTexts: Readonly<Record<string, (params: Readonly<Record<string, unknown>>) => Message>> = {
  additionalProperties: () => say('no such setting', 'このような設定はありません'),
  required: params => {
    const names = String(params['requiredProperties']);
    return say(`${names} is missing`, `${names} が必要です`);
  },
  type: params => {
    const type = String(params['type']);
    return say(`must be of type ${type}`, `型は ${type} である必要があります`);
  },
  pattern: params => {
    const pattern = String(params['pattern']);
    return say(`must match ${pattern}`, `${pattern} に一致する必要があります`);
  },
  minLength: () => say('must not be empty', '空にはできません'),
  const: () => say('must be one of the allowed values', '使用できる値ではありません'),
  anyOf: () => say('must be one of the allowed values', '使用できる値ではありません'),
};

function segmentsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The line of the field, or of the nearest thing above it that is written down. */
function lineOf(document: Document, lines: LineCounter, segments: readonly string[]): number {
  for (let length = segments.length; length > 0; length--) {
    const node = document.getIn(segments.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range !== undefined) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
