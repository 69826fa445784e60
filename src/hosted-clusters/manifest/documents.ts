import { isMap, isSeq, LineCounter, parseAllDocuments, type YAMLMap } from 'yaml';
import { isFields, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { raise } from './errors.ts';

/** An object in a manifest, with its place in the text. */
export interface ObjectInText {
  readonly object: KubeObject;
  readonly node: YAMLMap;
}

/** YAML or JSON with any number of documents, as it was written. */
export interface ManifestText {
  readonly text: string;
  /** For messages. */
  readonly source: string;
  /** Every object in it, also those of a List, in their order. */
  readonly objects: readonly ObjectInText[];
}

/** Aliases that one document may use, so that a few lines cannot become many gigabytes. */
const mostAliases = 100;

/** @throws `hosted-manifest.syntax`, which shows nothing of the text but the line */
export function readManifestText(text: string, source: string): ManifestText {
  const lineCounter = new LineCounter();
  const options = { lineCounter, prettyErrors: false, logLevel: 'silent' } as const;
  const objects: ObjectInText[] = [];
  for (const document of parseAllDocuments(text, options)) {
    const [broken] = document.errors;
    if (broken !== undefined) {
      const { line } = lineCounter.linePos(broken.pos[0]);
      throw raise.syntax({ source, line, problem: broken.code });
    }
    const value = valueOf(() => document.toJS({ maxAliasCount: mostAliases }) as unknown, source);
    objects.push(...objectsIn(document.contents, value));
  }
  return { text, source, objects };
}

function valueOf(read: () => unknown, source: string): unknown {
  try {
    return read();
  } catch {
    throw raise.syntax({ source, line: 1, problem: 'ALIASES' });
  }
}

function* objectsIn(node: unknown, value: unknown): Generator<ObjectInText> {
  if (!isMap(node) || !isFields(value)) return;
  const items = node.get('items');
  if (textAt(value, 'kind')?.endsWith('List') === true && isSeq(items)) {
    const values = Array.isArray(value['items']) ? (value['items'] as readonly unknown[]) : [];
    for (const [at, item] of items.items.entries()) yield* objectsIn(item, values[at]);
    return;
  }
  const name = textAt(value, 'metadata', 'name');
  if (name !== undefined && textAt(value, 'kind') !== undefined)
    yield { object: value as unknown as KubeObject, node };
}
