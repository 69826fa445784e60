import { raise } from '#repository/errors.ts';
import type { Content, SourceEvent, TreeSource } from './source.ts';
import { ByteReader } from './tar/byte-reader.ts';
import { TarFault } from './tar/fault.ts';
import { TarWalk } from './tar/tar-walk.ts';

export interface TarSourceOptions {
  /** What the snapshot says was stored: absolute paths. */
  readonly roots: readonly Buffer[];
}

/**
 * The tree in a tar stream, such as `tar c` writes it in a pod: ustar, pax and GNU headers, sparse files, links, devices, extended
 * attributes, ACLs. It can be asked for its events once. Directories that the tar does not tell before what is in them are
 * made up. What cannot be stored (a second member of one name, an ACL of somebody whose id the tar does not tell) is a `failed` entry.
 *
 * The tar is not trusted: a malformed or truncated one, and names that lead outside, end the events.
 *
 * @throws `repository.tar-refused`, and what the stream throws
 */
export function tarSource(stream: AsyncIterable<Uint8Array>, { roots }: TarSourceOptions): TreeSource {
  let asked = false;
  return {
    roots,
    events: ({ signal }) => {
      if (asked) throw new Error('a tar stream can be read once');
      asked = true;
      return events(stream, signal);
    },
  };
}

/** What may follow the end of a tar: zeros that fill its last record, mostly. */
const afterEnd = 4 * 1024 * 1024;

async function* events(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly SourceEvent[]> {
  const bytes = new ByteReader(stream);
  const walk = new TarWalk(bytes);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const batch = await walk.next();
      if (batch === undefined) break;
      if (batch.length > 0) yield batch.map(refusing);
    }
    await bytes.drain(afterEnd);
  } catch (error) {
    throw refusal(error);
  } finally {
    await bytes.close();
  }
}

/** A fault may also come up while a body is read. */
function refusing(event: SourceEvent): SourceEvent {
  if (event.kind !== 'entry' || event.content?.kind !== 'stream') return event;
  const { body } = event.content;
  const content: Content = { kind: 'stream', body: refusingBody(body) };
  return { ...event, content };
}

async function* refusingBody(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  if (!(error instanceof TarFault)) return error;
  return raise['tar-refused']({ reason: error.reason, member: error.member?.toString() }, { cause: error });
}
