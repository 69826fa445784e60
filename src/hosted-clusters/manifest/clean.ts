import { type Document, isMap, isSeq, parseAllDocuments, type YAMLMap } from 'yaml';
import { isFields, textAt } from '#kube/fields.ts';
import { type ManifestText, readManifestText } from './documents.ts';

/** What a server writes into an object, and an object that is created must or should not have. */
const serverFields: readonly (readonly string[])[] = [
  ...[
    'uid',
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'selfLink',
    'managedFields',
    'ownerReferences',
    'finalizers',
  ].map(field => ['metadata', field]),
  ['metadata', 'annotations', 'kubectl.kubernetes.io/last-applied-configuration'],
  ['spec', 'pausedUntil'],
  ['status'],
];

/**
 * The manifest without what a server wrote into objects that were saved from a cluster, and without their pause: with it, the restored
 * cluster would never be worked on. Documents without such objects, as a rendered manifest has, stay as they are, byte for byte.
 *
 * @throws `hosted-manifest.syntax`
 */
export function withoutServerFields({ text, source }: ManifestText): ManifestText {
  let done = 0;
  const parts: string[] = [];
  for (const document of parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent' })) {
    const end = document.range[2];
    parts.push(cleaned(document) ?? text.slice(done, end));
    done = end;
  }
  parts.push(text.slice(done));
  return readManifestText(parts.join(''), source);
}

/** `undefined` where nothing was to be removed. */
function cleaned(document: Document.Parsed): string | undefined {
  const saved = [...mapsIn(document.contents)].filter(isSaved);
  if (saved.length === 0) return undefined;
  for (const node of saved) for (const path of serverFields) remove(node, path);
  return document.toString({ lineWidth: 0 });
}

function* mapsIn(node: unknown): Generator<YAMLMap> {
  if (!isMap(node)) return;
  const items = node.get('items');
  if (String(node.get('kind')).endsWith('List') && isSeq(items)) {
    for (const item of items.items) yield* mapsIn(item);
  } else yield node;
}

/** Only a server gives these. */
function isSaved(node: YAMLMap): boolean {
  const object: unknown = node.toJSON();
  const has = (field: string): boolean => textAt(object, 'metadata', field) !== undefined;
  return isFields(object) && (has('uid') || has('resourceVersion'));
}

function remove(node: YAMLMap, path: readonly string[]): void {
  if (node.hasIn(path)) node.deleteIn(path);
}
