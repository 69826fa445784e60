import type { StoredContent, UnreadContent } from './content-sink.ts';
import type { JobContent } from './messages.ts';

const idSize = 32;

/** A worker's answer for one file, for the sink's caller. */
export function asContent({ ids, size, error }: JobContent): StoredContent | UnreadContent {
  return error === undefined ? { content: idsOf(ids), size } : { error: asSystemError(error) };
}

/** The content of a file that several workers stored parts of. */
export function mergeParts(parts: readonly JobContent[]): StoredContent | UnreadContent {
  const error = parts.find(part => part.error !== undefined)?.error;
  if (error !== undefined) return { error: asSystemError(error) };
  const content: string[] = [];
  for (const { ids, numbers = [] } of parts) {
    const texts = idsOf(ids);
    for (const [at, number] of numbers.entries()) content[number] = texts[at] ?? '';
  }
  return { content, size: parts.reduce((sum, part) => sum + part.size, 0) };
}

/** Each text is one of its own, not a part of a longer one that would be kept with it. */
function idsOf(ids: Uint8Array<ArrayBuffer>): string[] {
  const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.length);
  return Array.from({ length: ids.length / idSize }, (_, at) =>
    bytes.toString('hex', at * idSize, (at + 1) * idSize),
  );
}

function asSystemError({ message, ...rest }: NonNullable<JobContent['error']>): NodeJS.ErrnoException {
  return Object.assign(new Error(message), rest);
}
