import { bytePath, pathBytes } from '../../trees/byte-path.ts';
import type { Entry } from '../../trees/entry.ts';
import type { Content, FoundEntry, SourceEvent, TreeSource } from '../../trees/source.ts';

/** An entry of that path, with what is told of it; a file unless told. */
export function entryOf(path: string, told: Partial<Entry> = {}): Entry {
  return {
    path: Buffer.from(path),
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: 'root',
    group: 'root',
    mtime: 1_767_323_045_000_000_000n,
    atime: 1_767_323_046_000_000_000n,
    ctime: 1_767_323_047_000_000_000n,
    inode: 7n,
    device: 2049n,
    links: 1n,
    size: 0,
    attributes: [],
    ...told,
  };
}

/** Files by their paths, with their texts, as a source that goes through them in order; directories come with them. */
export function treeOf(
  files: Readonly<Record<string, string>>,
  told: (path: string) => Partial<Entry> = () => ({}),
): TreeSource {
  return sourceOf(inOrder(files, told));
}

/** A source that tells these events. */
export function sourceOf(events: Iterable<SourceEvent>): TreeSource {
  const all = [...events];
  return {
    roots: [Buffer.from('/tree')],
    async *events() {
      for (let at = 0; at < all.length; at += 3) yield all.slice(at, at + 3);
    },
  };
}

/** An event that tells of a file. */
export function fileEvent(path: string, text: string, told: Partial<Entry> = {}): FoundEntry {
  const entry = entryOf(path, { size: Buffer.byteLength(text), ...told });
  return { kind: 'entry', entry, content: textContent(text) };
}

export function directoryEvent(path: string, told: Partial<Entry> = {}): FoundEntry {
  return { kind: 'entry', entry: entryOf(path, { type: 'dir', mode: 0o755, ...told }) };
}

export function textContent(text: string): Content {
  return { kind: 'stream', body: piecesOf(text) };
}

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== '') yield Buffer.from(text);
}

function* inOrder(
  files: Readonly<Record<string, string>>,
  told: (path: string) => Partial<Entry>,
): Generator<SourceEvent> {
  const paths = Object.keys(files).map(path => bytePath(Buffer.from(path)));
  yield* below(
    '',
    paths.map(path => path.split('/')),
    { files, told },
  );
}

interface Told {
  readonly files: Readonly<Record<string, string>>;
  readonly told: (path: string) => Partial<Entry>;
}

function* below(above: string, paths: readonly (readonly string[])[], all: Told): Generator<SourceEvent> {
  const names = [...new Set(paths.map(([name = '']) => name))].sort();
  for (const name of names) {
    const path = above === '' ? name : `${above}/${name}`;
    const text = pathBytes(path).toString();
    const further = paths.filter(([first, ...rest]) => first === name && rest.length > 0);
    if (further.length === 0) yield fileEvent(text, all.files[text] ?? '', all.told(text));
    else {
      yield directoryEvent(text, all.told(text));
      yield* below(
        path,
        further.map(([, ...rest]) => rest),
        all,
      );
      yield { kind: 'left', path: pathBytes(path) };
    }
  }
}
