import { readFile } from 'node:fs/promises';
import { isHozonError } from '#foundation/errors.ts';
import type { Context, InputStream } from '../context.ts';
import { cliErrors } from '../errors.ts';

/** More than any Backup or Restore is: etcd itself takes no object beyond this. Bytes. */
const largest = 1_500_000;

/** A manifest as it was written, and what it is called in messages. */
export interface Manifest {
  readonly source: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * Reads the one velero.io/v1 object of that kind in a YAML or JSON file, or on stdin (`-`). What its fields hold is
 * not judged here. Throws `cli.manifest-*`.
 */
export async function readManifest(
  path: string,
  kind: 'Backup' | 'Restore',
  context: Pick<Context, 'stdin' | 'signal'>,
): Promise<Manifest> {
  const source = path === '-' ? 'stdin' : path;
  const text = await textOf(path, source, context);
  const content = await onlyDocument(text, source);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw cliErrors.raise['manifest-kind']({ source, found: '-', wanted: `velero.io/v1 ${kind}` });
  }
  const fields = content as Record<string, unknown>;
  if (fields['apiVersion'] !== 'velero.io/v1' || fields['kind'] !== kind) {
    const found = [fields['apiVersion'], fields['kind']].map(wordOf).join(' ');
    throw cliErrors.raise['manifest-kind']({ source, found, wanted: `velero.io/v1 ${kind}` });
  }
  return { source, content: fields };
}

function wordOf(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value.slice(0, 100) : '-';
}

async function textOf(
  path: string,
  source: string,
  context: Pick<Context, 'stdin' | 'signal'>,
): Promise<string> {
  try {
    const bytes =
      path === '-'
        ? await allOf(context.stdin, context.signal)
        : await readFile(path, { signal: context.signal });
    if (bytes.length <= largest) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    context.signal.throwIfAborted();
    throw cliErrors.raise['manifest-unreadable']({ source }, { cause: thrown });
  }
  throw cliErrors.raise['manifest-unreadable'](
    { source },
    { cause: new Error(`more than ${largest} bytes`) },
  );
}

async function allOf(stdin: InputStream, signal: AbortSignal): Promise<Uint8Array> {
  const stop = (): void => void stdin.destroy();
  signal.addEventListener('abort', stop);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
      const bytes = Buffer.from(chunk as Buffer);
      chunks.push(bytes);
      size += bytes.length;
      if (size > largest) break;
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function onlyDocument(text: string, source: string): Promise<unknown> {
  const { LineCounter, parseAllDocuments } = await import('yaml');
  const lines = new LineCounter();
  const documents = [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })];
  const broken = documents.flatMap(document => document.errors)[0];
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    throw cliErrors.raise['manifest-syntax']({ source, line, problem: broken.message });
  }
  try {
    const contents = documents.map(document => document.toJS() as unknown).filter(each => each !== null);
    if (contents.length <= 1) return contents[0];
    throw cliErrors.raise['manifest-several']({ source, count: contents.length });
  } catch (thrown) {
    if (isHozonError(thrown)) throw thrown;
    throw cliErrors.raise['manifest-unreadable']({ source }, { cause: thrown });
  }
}
