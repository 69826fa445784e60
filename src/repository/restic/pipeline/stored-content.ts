import type { StoredContent, UnreadContent } from './content-sink.ts';
import type { JobContent } from './messages.ts';

/** A worker's answer for one file, for the sink's caller. */
export function asContent({ ids, size, error }: JobContent): StoredContent | UnreadContent {
  return error === undefined ? { content: idsOf({ ids }), size } : { error: asSystemError(error) };
}

/** The content of a file that several workers stored parts of. */
export function mergeParts(parts: readonly JobContent[]): StoredContent | UnreadContent {
  const error = parts.find(part => part.error !== undefined)?.error;
  if (error !== undefined) return { error: asSystemError(error) };
  const content: string[] = [];
  for (const { ids, numbers = [] } of parts) {
    const texts = idsOf({ ids });
    for (const [at, number] of numbers.entries()) content[number] = texts[at] ?? '';
  }
  return { content, size: parts.reduce((sum, part) => sum + part.size, 0) };
}

/** The ids of a content's blobs, in hexadecimal. */
export function idsOf({ ids }: Pick<JobContent, 'ids'>): string[] {
  return ids.map(id => Buffer.from(id.buffer, id.byteOffset, id.length).toString('hex'));
}

function asSystemError({ message, ...rest }: NonNullable<JobContent['error']>): NodeJS.ErrnoException {
  return Object.assign(new Error(message), rest);
}
