import type { BlobIndex } from '../access/blob-index.ts';
import { contentSize } from '../access/blobs.ts';
import type { IndexedRepository } from '../access/indexed.ts';
import type { ContentSink } from '../pipeline/content-sink.ts';

const nothing = { dataBlobs: 0, treeBlobs: 0, added: 0, addedPacked: 0 };

/** A sink that is opened with the first content: where nothing has changed, no threads are started. */
export function lazySink(repository: IndexedRepository, open: () => Promise<ContentSink>): ContentSink {
  const { index } = repository;
  let opening: Promise<ContentSink> | undefined;
  let opened: ContentSink | undefined;
  const sink = async (): Promise<ContentSink> => {
    opening ??= open();
    opened ??= await opening;
    return opened;
  };
  return {
    files: async files => (await sink()).files(files),
    stream: async body => (await sink()).stream(body),
    tree: async plain => (await sink()).tree(plain),
    hasData: id => opened?.hasData(id) ?? index.first('data', id) !== -1,
    dataSize: id => (opened === undefined ? sizeIn(index, id) : opened.dataSize(id)),
    finish: async options => (opening === undefined ? nothing : (await sink()).finish(options)),
    [Symbol.asyncDispose]: async () => {
      if (opening !== undefined) await (await opening)[Symbol.asyncDispose]();
    },
  };
}

function sizeIn(index: BlobIndex, id: string): number | undefined {
  const entry = index.first('data', id);
  return entry === -1 ? undefined : contentSize(index.place(entry));
}
