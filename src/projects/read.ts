import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isFields, listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { raise } from './errors.ts';
import { exportedNamespace, manifestName } from './manifest.ts';
import { parseYaml } from './yaml.ts';

/** An object as a file holds it. */
export interface FileObject {
  /** The file's name inside the directory. */
  readonly file: string;
  readonly object: KubeObject;
}

export interface ReadExport {
  /** Absolute. */
  readonly directory: string;
  /** The project that was exported, as the manifest says it; directories that others wrote have none. */
  readonly source: string | undefined;
  readonly objects: readonly FileObject[];
}

export interface ReadLimits {
  /** Of all files together. */
  readonly bytes: number;
  readonly objects: number;
}

export const defaultReadLimits: ReadLimits = { bytes: 256 * 1024 * 1024, objects: 100_000 };

/**
 * Reads the objects of every `*.yaml`, `*.yml` and `*.json` of a directory, Lists taken apart, in the order of the
 * files' names. What is below the directory is not looked at. The content is anybody's: links are refused, sizes
 * and nesting bounded. Rejects with `projects.*`: `not-a-directory`, `not-regular`, `too-large`,
 * `too-many-objects`, `not-yaml`, `not-an-object`, `no-objects`.
 */
export async function readExport(
  path: string,
  options: { readonly limits?: ReadLimits; readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadExport> {
  const { limits = defaultReadLimits, signal } = options;
  const directory = resolve(path);
  const objects: FileObject[] = [];
  let source: string | undefined;
  let bytesLeft = limits.bytes;
  for (const file of await objectFiles(directory)) {
    signal?.throwIfAborted();
    const content = await readRegular(directory, file, { bytesLeft, limit: limits.bytes });
    bytesLeft -= content.byteLength;
    const text = decode(content, file);
    if (file === manifestName) {
      source = exportedNamespace(text);
      continue;
    }
    for (const object of objectsOf(text, file)) objects.push({ file, object });
    if (objects.length > limits.objects) {
      throw raise['too-many-objects']({ directory, limit: limits.objects });
    }
  }
  if (objects.length === 0) throw raise['no-objects']({ directory });
  return { directory, source, objects };
}

async function objectFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter(entry => /\.(ya?ml|json)$/.test(entry.name) && !entry.isDirectory())
      .map(entry => entry.name)
      .sort();
  } catch (thrown) {
    throw raise['not-a-directory']({ directory }, { cause: thrown });
  }
}

async function readRegular(
  directory: string,
  file: string,
  bounds: { readonly bytesLeft: number; readonly limit: number },
): Promise<Buffer> {
  await using handle = await openRegular(join(directory, file), file);
  const { size } = await handle.stat();
  if (size > bounds.bytesLeft) throw raise['too-large']({ file, bytes: bounds.limit });
  return handle.readFile();
}

/** Never waits for a writer of a named pipe, never follows a link. */
async function openRegular(path: string, file: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
  } catch (thrown) {
    if (!['ELOOP', 'ENXIO'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
  }
  await handle?.close();
  throw raise['not-regular']({ file });
}

function decode(content: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (thrown) {
    throw raise['not-yaml']({ file, reason: 'it is not UTF-8' }, { cause: thrown });
  }
}

/** The objects of one file's text; a List (also a typed one, `SecretList`) stands for its items. */
export function objectsOf(text: string, file: string): KubeObject[] {
  return parseYaml(text, file).flatMap((document, index) => {
    const place = `document ${index + 1}`;
    const kind = textAt(document, 'kind') ?? '';
    if (!kind.endsWith('List') || !isFields(document) || !Array.isArray(document['items'])) {
      return [checked(document, file, place)];
    }
    return listAt(document, 'items').map((item, at) => checked(item, file, `${place}, item ${at + 1}`));
  });
}

function checked(value: unknown, file: string, place: string): KubeObject {
  const whole =
    isFields(value) &&
    isApiVersion(value['apiVersion']) &&
    isName(value['kind']) &&
    isName(textAt(value, 'metadata', 'name'));
  if (!whole) throw raise['not-an-object']({ file, place });
  return value as unknown as KubeObject;
}

function isApiVersion(value: unknown): boolean {
  return typeof value === 'string' && /^(?:[a-z0-9][a-z0-9.-]*\/)?[a-z0-9]+$/.test(value);
}

/** Also keeps what would break out of a URL's path away from it. */
function isName(value: unknown): boolean {
  return (
    typeof value === 'string' && value !== '' && value.length <= 253 && !/[/%\p{Cc}]|^\.\.?$/u.test(value)
  );
}
