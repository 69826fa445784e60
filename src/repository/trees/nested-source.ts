import { type BytePath, bytePath, joined, pathBytes } from './byte-path.ts';
import type { Entry } from './entry.ts';
import type { SourceEvent, TreeSource } from './source.ts';

/**
 * A source's tree further down: below directories that are made up. They are like `model`, an entry of the source or such a
 * one, but directories that everybody may look into.
 *
 * @param above the directories' path, without a leading or final `/`
 */
export function nestedSource(source: TreeSource, above: Buffer, model: Omit<Entry, 'path'>): TreeSource {
  const base = bytePath(above);
  const directories = [...ancestors(base), base].map(pathBytes);
  const made = directories.map(path => ({ ...model, path, type: 'dir', mode: 0o755, size: 0 }) as const);
  return {
    roots: source.roots.map(root => pathBytes(`/${base}${bytePath(root)}`)),
    async *events(options) {
      yield made.map(entry => ({ kind: 'entry', entry }) as const);
      for await (const batch of source.events(options)) yield batch.map(event => moved(event, base));
      yield directories.toReversed().map(path => ({ kind: 'left', path }) as const);
    },
  };
}

function* ancestors(path: BytePath): Generator<BytePath> {
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) yield path.slice(0, at);
}

function moved(event: SourceEvent, base: BytePath): SourceEvent {
  const further = (path: Buffer): Buffer => pathBytes(joined(base, bytePath(path)));
  if (event.kind !== 'entry') return { ...event, path: further(event.path) };
  const entry = { ...event.entry, path: further(event.entry.path) };
  const { content } = event;
  if (content?.kind !== 'same-as') return { ...event, entry };
  return { ...event, entry, content: { kind: 'same-as', path: further(content.path) } };
}
