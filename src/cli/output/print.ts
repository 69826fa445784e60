import { once } from 'node:events';
import type { Language } from '#foundation/language.ts';
import type { OutputStream } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { runTexts } from '../messages.ts';
import { renderFields } from './fields.ts';
import { isTerminalGone } from './gone.ts';
import type { Description, Listing, Outcome } from './outcome.ts';
import type { Paint } from './style.ts';
import { tableLines } from './table.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

export interface PrintOptions {
  readonly format: OutputFormat;
  readonly language: Language;
  readonly paint: Paint;
}

interface Streams {
  readonly out: OutputStream;
  readonly err: OutputStream;
}

/** Shows what a command returned. Only tables and descriptions are localised. */
export async function printOutcome(outcome: Outcome, options: PrintOptions, streams: Streams): Promise<void> {
  if (outcome.shape === 'bytes') {
    if (outcome.binary === true && streams.out.isTTY === true) throw cliErrors.raise['binary-to-terminal']();
    for await (const chunk of outcome.body) await write(streams.out, chunk);
  } else if (options.format === 'json') {
    for (const piece of jsonOf(outcome)) await write(streams.out, piece);
  } else if (options.format === 'yaml') {
    const { stringify } = await import('yaml');
    await write(streams.out, stringify(dataOf(outcome), { aliasDuplicateObjects: false, lineWidth: 0 }));
  } else if (options.format === 'name') {
    for (const piece of gathered(namesOf(outcome))) await write(streams.out, piece);
  } else {
    await printForPeople(outcome, options, streams);
  }
  for (const note of outcome.notes ?? []) await write(streams.err, `${note[options.language]()}\n`);
}

/** Writes and waits until the stream has taken it, so that a slow reader slows the producer down. */
export async function write(stream: OutputStream, data: string | Uint8Array): Promise<void> {
  if (data.length === 0 || stream.destroyed) return;
  if (stream.write(data)) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  const first = ['drain', 'close'].map(event => once(stream, event, { signal }));
  try {
    await Promise.race(first);
  } catch (thrown) {
    if (!isTerminalGone(stream, thrown)) throw thrown;
  } finally {
    waiting.abort(); // or the other would listen as long as the stream lives
    await Promise.allSettled(first);
  }
}

async function printForPeople(
  outcome: Listing | Description,
  options: PrintOptions,
  { out, err }: Streams,
): Promise<void> {
  const { language, paint } = options;
  if (outcome.shape === 'object') {
    const text = outcome.text;
    await write(
      out,
      'en' in text ? `${text[language]()}\n` : renderFields(text, { language, paint, width: out.columns }),
    );
  } else if (outcome.items.length === 0) {
    await write(err, `${(outcome.empty ?? runTexts.nothingFound)[language]()}\n`);
  } else {
    const wide = options.format === 'wide';
    const width = out.isTTY === true ? out.columns : undefined;
    const lines = tableLines(outcome.columns, outcome.items, { language, paint, wide, width });
    for (const piece of gathered(lines)) await write(out, piece);
  }
}

function dataOf(outcome: Listing | Description): unknown {
  if (outcome.shape === 'object') return outcome.data;
  const items = Array.from(outcome.items, outcome.data ?? (item => item));
  return outcome.single === true ? items[0] : { apiVersion: 'v1', kind: 'List', items };
}

/** As `JSON.stringify` indents it; of a list item by item, because all of it may be longer than any string. */
function* jsonOf(outcome: Listing | Description): Generator<string> {
  if (outcome.shape === 'object' || outcome.single === true || outcome.items.length === 0) {
    yield `${JSON.stringify(dataOf(outcome), undefined, 2)}\n`;
    return;
  }
  yield '{\n  "apiVersion": "v1",\n  "kind": "List",\n  "items": [\n    ';
  yield* gathered(jsonItems(outcome));
  yield '\n  ]\n}\n';
}

function* jsonItems({ items, data = item => item }: Listing): Generator<string> {
  let between = '';
  for (const item of items) {
    const text = JSON.stringify(data(item), undefined, 2) ?? 'null';
    yield between + text.replaceAll('\n', '\n    ');
    between = ',\n    ';
  }
}

function* namesOf(outcome: Listing | Description): Generator<string> {
  if (outcome.shape === 'object') yield `${outcome.name}\n`;
  else for (const item of outcome.items) yield `${outcome.name(item)}\n`;
}

/** Characters that are written at once. */
const pieceLength = 64 * 1024;

/** Texts joined into pieces that are worth a write. */
function* gathered(texts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
