import { exitCodes, HozonError, isAbort, isHozonError } from '#foundation/errors.ts';
import type { Language } from '#foundation/language.ts';
import { cliErrors } from './errors.ts';
import { errorTexts } from './messages.ts';
import { type Paint, plain, printable } from './output/style.ts';

export interface ReportOptions {
  readonly language: Language;
  /** One JSON line, in English, for programs. */
  readonly json: boolean;
  /** Where it was thrown, too. */
  readonly verbose: boolean;
  readonly paint?: Paint;
}

/**
 * The error that a run ends with: a HozonError as it is, the reason of an abort where `thrown` is only its echo (a terminal that
 * went away cannot be written to, either), and `cli.unexpected` around anything else.
 */
export function finalError(thrown: unknown, signal: AbortSignal): HozonError {
  if (signal.aborted && isHozonError(signal.reason) && (isAbort(thrown) || isUnwritable(thrown)))
    return signal.reason;
  if (isHozonError(thrown)) return thrown;
  const problem = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return cliErrors.raise.unexpected({ problem }, { cause: thrown });
}

function isUnwritable(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const { code, syscall }: NodeJS.ErrnoException = thrown;
  return code === 'EIO' && syscall === 'write';
}

export function exitCodeOf(error: HozonError): number {
  return exitCodes[error.exit];
}

/** The text for stderr: what failed with its code, what caused it, what to do next. */
export function reportError(error: HozonError, options: ReportOptions): string {
  return options.json ? `${JSON.stringify(errorLine(error))}\n` : forPeople(error, options);
}

function errorLine(error: HozonError): unknown {
  return {
    type: 'error',
    code: error.code,
    message: error.explain('en'),
    hint: error.hint('en'),
    causes: causesOf(error, 'en'),
    retry: error.retry,
    exitCode: exitCodeOf(error),
  };
}

function forPeople(error: HozonError, { language, verbose, paint = plain }: ReportOptions): string {
  const label = (text: keyof typeof errorTexts): string => `${errorTexts[text][language]()}: `;
  const lines = [
    `${paint(label('error'), 'bad')}${printable(error.explain(language))} ${paint(`[${error.code}]`, 'dim')}`,
    ...causesOf(error, language).map(text => `  ${label('because')}${printable(text)}`),
    `${paint(label('hint'), 'strong')}${printable(error.hint(language))}`,
    ...(verbose ? [paint(printable(stackOf(error)), 'dim')] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The texts of the causes, outermost first; what a text before already says is left out. */
function causesOf(error: HozonError, language: Language): string[] {
  const said = [error.explain(language)];
  for (let at = error.cause, depth = 0; at !== undefined && at !== null && depth < 8; depth++) {
    const text = textOf(at, language);
    if (!said.some(before => before.includes(text))) said.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return said.slice(1);
}

function textOf(thrown: unknown, language: Language): string {
  if (thrown instanceof HozonError) return thrown.explain(language);
  if (thrown instanceof AggregateError && thrown.message === '') {
    return thrown.errors.map(each => textOf(each, language)).join('; ');
  }
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
}

function stackOf(error: HozonError): string {
  const stacks: string[] = [];
  for (let at: unknown = error; at instanceof Error && stacks.length < 8; at = at.cause)
    stacks.push(at.stack ?? '');
  return stacks.join('\n');
}
