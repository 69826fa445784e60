import { Document, parseAllDocuments, type ScalarTag, type Tags } from 'yaml';
import { stringifyString } from 'yaml/util';
import { isFields } from '#kube/fields.ts';
import { raise } from './errors.ts';

/**
 * YAML as kubectl and oc read and write it. They parse with a Go parser that follows YAML 1.1 in part and 1.2 in
 * part, so what is written here is text that every parser reads alike: a string stays unquoted only where no
 * dialect could take it for anything else.
 */

/** Words that some YAML dialect reads as a boolean, null or number. */
const words = new Set([
  'y',
  'n',
  'yes',
  'no',
  'on',
  'off',
  'true',
  'false',
  'null',
  'nan',
  'inf',
  'infinity',
]);

/** Begins as numbers, dates, merge keys, `~` and `=` do; also the empty string. */
const numberLike = /^[-+.\d~=<]|^$/;

/** Characters that Go's parser takes for a line break, refuses, or drops (YAML 1.1 productions 1 and 22 to 29). */
const unprintable =
  /[^\t\n\u{20}-\u{7e}\u{a0}-\u{2027}\u{202a}-\u{d7ff}\u{e000}-\u{fefe}\u{ff00}-\u{fffd}\u{10000}-\u{10ffff}]/u;

/** Lines whose leading or trailing blanks a block scalar keeps only by luck. */
const raggedLines = /^[ \t\n]|[ \t]\n|[ \t]$|\n\t|\t/;

/** A string as every dialect reads it. Where quotes are needed they are JSON's, with everything unusual escaped. */
function quoteIfNeeded(value: string): string | undefined {
  if (unprintable.test(value)) return escaped(value);
  if (value.includes('\n')) return raggedLines.test(value) ? escaped(value) : undefined;
  return numberLike.test(value) || words.has(value.toLowerCase()) ? escaped(value) : undefined;
}

function escaped(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll(new RegExp(unprintable, 'gu'), character => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map(unit => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

const safeString: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  identify: value => typeof value === 'string',
  resolve: text => text,
  stringify: (item, context, onComment, onChompKeep) =>
    quoteIfNeeded(item.value as string) ?? stringifyString(item, context, onComment, onChompKeep),
};

/** The text of one YAML document holding plain JSON. */
export function formatYaml(value: unknown): string {
  const document = new Document(value, {
    version: '1.1',
    merge: false,
    aliasDuplicateObjects: false,
    keepUndefined: false,
    customTags: tags => [safeString, ...tags.filter(tag => !isTextTag(tag))],
  });
  return document.toString({ lineWidth: 0, indentSeq: false, directives: false });
}

/** The library's own tags for strings, and for `<<`, which in JSON is a string like any other. */
function isTextTag(tag: Tags[number]): boolean {
  return typeof tag !== 'string' && /:(str|merge)$/.test(tag.tag);
}

/** Types that a Kubernetes object does not have and that Go's parser does not read: they stay text. */
const foreignTags = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
]);

function isReadTag(tag: Tags[number]): boolean {
  return typeof tag === 'string' || !(foreignTags.has(tag.tag) || ('format' in tag && tag.format === 'TIME'));
}

export interface ParseLimits {
  /** How deep maps and lists may lie in each other. */
  readonly depth: number;
  /** How many nodes all aliases together may stand for. */
  readonly aliases: number;
}

export const defaultParseLimits: ParseLimits = { depth: 100, aliases: 100 };

/**
 * The documents of a YAML (or JSON) text from anybody, as plain JSON; empty documents are left out. Rejects with
 * `projects.not-yaml`, naming the place, for what is not YAML, repeats a key, is deeper than the limit or grows by
 * aliases.
 */
export function parseYaml(text: string, file: string, limits: ParseLimits = defaultParseLimits): unknown[] {
  try {
    return readDocuments(text, limits).filter(value => value !== null && value !== undefined);
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    // The library's reader recurses; a nesting beyond the stack is among the faults that it reports.
    const reason =
      thrown instanceof RangeError || /call stack/.test(text) ? tooDeep(limits) : firstLine(text);
    throw raise['not-yaml']({ file, reason });
  }
}

function readDocuments(text: string, limits: ParseLimits): unknown[] {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    schema: 'yaml-1.1',
    uniqueKeys: true,
    stringKeys: true,
    logLevel: 'silent',
    customTags: tags => tags.filter(isReadTag),
  });
  if (!Array.isArray(documents)) return [];
  return documents.map(document => {
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    const value: unknown = document.toJS({ maxAliasCount: limits.aliases });
    if (isDeeper(value, limits.depth)) throw new RangeError();
    return value;
  });
}

/** Also true for what contains itself by way of an alias. */
function isDeeper(value: unknown, depth: number): boolean {
  if (!Array.isArray(value) && !isFields(value)) return false;
  return depth === 0 || Object.values(value).some(element => isDeeper(element, depth - 1));
}

function tooDeep({ depth }: ParseLimits): string {
  return `it is nested deeper than ${depth} levels`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
