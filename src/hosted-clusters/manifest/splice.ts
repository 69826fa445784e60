import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { edited } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { type ManifestText, type ObjectInText, readManifestText } from './documents.ts';
import { raise } from './errors.ts';

/** Text between two offsets, and what comes there. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Makes one change of an object in the text of a manifest and touches nothing else: neither comments nor other documents. What
 * results is read again and held against what it should be.
 *
 * @param change the same, made to the object
 * @throws `hosted-manifest.unusual` where the text is written in a way that this cannot be done in
 */
export function spliced(
  manifest: ManifestText,
  { object }: ObjectInText,
  splice: Splice,
  change: (object: KubeObject) => KubeObject,
): ManifestText {
  const { text, source } = manifest;
  const changed = readManifestText(text.slice(0, splice.from) + splice.text + text.slice(splice.to), source);
  const wanted = manifest.objects.map(each => (each.object === object ? change(object) : each.object));
  const found = changed.objects.map(each => each.object);
  if (!isDeepStrictEqual(found, wanted)) throw raise.unusual({ source, object: nameOf(object) });
  return changed;
}

/** The object with another value at a path that is there, but for its last step. */
export function withValue(object: KubeObject, path: readonly string[], value: unknown): KubeObject {
  const [last = ''] = path.slice(-1);
  return edited(object, path.slice(0, -1), parent => ({ ...(parent as object), [last]: value }));
}

/**
 * How a field of a map is given a list of one text: where it is already, only the text is replaced; else a line is added.
 * `undefined` where the map is written in a way that has no such place.
 */
export function listOfOne(text: string, map: YAMLMap, field: string, value: string): Splice | undefined {
  const quoted = JSON.stringify(value);
  const pair = pairOf(map, field);
  if (pair === undefined)
    return map.flow === true ? inFlow(text, map, field, quoted) : inBlock(text, map, field, quoted);
  const old = pair.value;
  const [item, ...more] = isSeq(old) ? old.items : [];
  if (isScalar(item) && more.length === 0) return over(item, quoted);
  if (isScalar(old) && old.value === null) return afterKey(text, pair, old, quoted);
  return isSeq(old) && old.flow === true ? over(old, `[${quoted}]`) : undefined;
}

function isInline(value: unknown): value is Scalar | YAMLMap | YAMLSeq {
  return isScalar(value) || ((isMap(value) || isSeq(value)) && value.flow === true);
}

/** How a text is replaced by another. */
export function over({ range }: Scalar | YAMLSeq, text: string): Splice | undefined {
  return range ? { from: range[0], to: range[1], text } : undefined;
}

/** The pair of a field, by its name. */
export function pairOf(map: YAMLMap, field: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === field);
}

/** The map at a path of maps; `undefined` where something else, or an alias, is there. */
export function mapAt(node: YAMLMap, ...path: readonly string[]): YAMLMap | undefined {
  let at: unknown = node;
  for (const step of path) at = isMap(at) ? at.get(step, true) : undefined;
  return isMap(at) ? at : undefined;
}

/** `field:` with nothing behind it. */
function afterKey(text: string, { key }: Pair, value: Scalar, quoted: string): Splice | undefined {
  const end = isScalar(key) ? key.range?.[1] : undefined;
  if (end === undefined || !value.range || text[end] !== ':') return undefined;
  const written = text.slice(value.range[0], value.range[1]);
  if (written === '') return { from: end + 1, to: end + 1, text: ` [${quoted}]` };
  return over(value, `[${quoted}]`);
}

function inFlow(text: string, map: YAMLMap, field: string, quoted: string): Splice | undefined {
  const start = map.range?.[0];
  if (start === undefined || text[start] !== '{') return undefined;
  const comma = map.items.length === 0 ? '' : ', ';
  return { from: start + 1, to: start + 1, text: `"${field}": [${quoted}]${comma}` };
}

/** Behind the last field that stands on one line; where there is none, before the first. */
function inBlock(text: string, map: YAMLMap, field: string, quoted: string): Splice | undefined {
  const [first] = map.items;
  const start = isScalar(first?.key) ? first.key.range?.[0] : undefined;
  if (start === undefined) return undefined;
  const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = `${field}:${newline}${indent}- ${quoted}`;
  const end = map.items.map(pair => lineEnd(text, pair)).findLast(each => each !== undefined);
  if (end === undefined) return { from: start, to: start, text: `${lines}${newline}${indent}` };
  return { from: end, to: end, text: `${newline}${indent}${lines}` };
}

/** Where the line of a pair ends; `undefined` for one of several lines. */
function lineEnd(text: string, { key, value }: Pair): number | undefined {
  const from = isScalar(key) ? key.range?.[0] : undefined;
  const to = isInline(value) ? value.range?.[1] : undefined;
  if (from === undefined || to === undefined || text.slice(from, to).includes('\n')) return undefined;
  const end = text.indexOf('\n', to);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}
