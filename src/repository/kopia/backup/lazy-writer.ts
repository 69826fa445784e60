import { contentIdWith } from '../format/content-id.ts';
import type { KopiaWriter, ObjectOptions, StoredObject, WrittenTotals } from '../writing/kopia-writer.ts';
import type { WritableKopia } from '../writing/writable.ts';

/** A body that is shorter is one content, whichever the splitter: half of the smallest average there is. */
const oneContent = 64 * 1024;

export interface Openers {
  /** For whole trees. */
  readonly large: () => KopiaWriter | Promise<KopiaWriter>;
  /** For a content or two, where nothing else was to be stored. */
  readonly small: () => KopiaWriter;
}

/** A writer that is opened with the first object that the repository does not have, or to be held: where nothing has changed, no threads are started. */
export function lazyWriter(repository: WritableKopia, { large, small }: Openers): KopiaWriter {
  let opening: Promise<KopiaWriter> | undefined;
  let opened: KopiaWriter | undefined;
  let alone: KopiaWriter | undefined;
  const writer = async (): Promise<KopiaWriter> => {
    opening ??= Promise.resolve(large());
    opened ??= await opening;
    return opened;
  };
  const current = (): KopiaWriter | undefined => opened ?? alone;
  const forOne = async (): Promise<KopiaWriter> => (opening === undefined ? (alone ??= small()) : writer());
  const known = (plain: Uint8Array, prefix: string): StoredObject | undefined => {
    const id = contentIdWith(prefix, repository.hash(plain));
    return repository.index.hasLive(id) ? { id, size: plain.length } : undefined;
  };
  return {
    files: async files => (await writer()).files(files),
    object: async (body, options: ObjectOptions = {}) => {
      if (opening !== undefined || Symbol.asyncIterator in body)
        return (await writer()).object(body, options);
      const pieces = [...body];
      const plain = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
      const same = plain.length < oneContent ? known(plain, options.prefix ?? '') : undefined;
      return same ?? (await writer()).object([plain], options);
    },
    content: async (prefix, plain, options) => (await forOne()).content(prefix, plain, options),
    remove: async id => (await forOne()).remove(id),
    has: id => current()?.has(id) ?? repository.index.hasLive(id),
    get totals() {
      return current()?.totals ?? nothing;
    },
    hold: async options => (await writer()).hold(options), // what comes meanwhile may open it: it must be held then
    flush: async options => {
      if (opening !== undefined) await (await writer()).flush(options);
      else await alone?.flush(options);
    },
    [Symbol.asyncDispose]: async () => {
      if (opening !== undefined) await (await opening)[Symbol.asyncDispose]();
      await alone?.[Symbol.asyncDispose]();
    },
  };
}

const nothing: WrittenTotals = { dataContents: 0, metadataContents: 0, added: 0, addedPacked: 0 };
