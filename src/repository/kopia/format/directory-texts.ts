import { jsonText } from '../../format/go-json-text.ts';
import { type Directory, directoryEntryHead, type EntryType, readDirectory } from './directory.ts';
import type { ObjectId } from './object-id.ts';

/** An entry of a directory, as far as it takes to tell whether another one is like it. */
export interface EntryTexts {
  /** As JSON, with its quotes. */
  readonly name: string;
  readonly type: EntryType;
  readonly object: ObjectId;
  /** What `directoryEntryHead` gives for it: two entries with the same are the same in all but their objects and summaries. */
  readonly head: string;
}

/** A directory, as far as it takes to tell whether another one is like it. */
export interface DirectoryTexts {
  readonly entries: readonly EntryTexts[];
  /** All of it, where it is written to the letter as kopia writes it. */
  readonly text: string | undefined;
}

/**
 * A directory's entries. One that is written to the letter as kopia writes it is not taken apart further than that: for the
 * directories of a snapshot that hardly differs from the next one.
 *
 * @throws Fault as `readDirectory` does
 */
export function readDirectoryTexts(plain: Buffer): DirectoryTexts {
  const text = plain.toString();
  const entries = literalEntries(text);
  if (entries !== undefined) return { entries, text };
  return { entries: parsedEntries(readDirectory(plain)), text: undefined };
}

const beginning = '{"stream":"kopia:directory","entries":';
const count = '(?:0|[1-9]\\d{0,14})';
const time = '"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{0,8}[1-9])?Z"';
const summary = `\\{"size":${count},"files":${count},"symlinks":${count},"dirs":${count},"maxTime":${time},"numFailed":${count}(?:,"numIgnoredErrors":[1-9]\\d{0,14})?\\}`;
const name = '"(?:[^\\x00-\\x1f"\\\\&<>\\u2028\\u2029\\ufffd/]|\\\\u00(?:26|3c|3e))+"';
const members = `(?:"mode":"0[1-7][0-7]{0,10}",)?(?:"size":[1-9]\\d{0,14},)?(?:"mtime":${time},)?(?:"uid":[1-9]\\d{0,9},)?(?:"gid":[1-9]\\d{0,9},)?`;
const object = '"((?:I{1,16}|Z?)[g-z]?(?:[0-9a-f]{2}){1,32})"';
/** What kopia and {@link directoryEntryHead} write for an entry, and what stands behind it. */
const entry = new RegExp(
  `(\\{"name":(${name}),"type":"([dfs])",${members})"obj":${object}(?:,"summ":${summary})?\\}([,\\]])`,
  'y',
);
const ending = new RegExp(`,"summary":(?:null|${summary})\\}\\n$`, 'y');

/** `undefined` for what is written otherwise, or holds what few directories do. */
function literalEntries(text: string): EntryTexts[] | undefined {
  if (!text.startsWith(`${beginning}[`)) return undefined;
  const entries: EntryTexts[] = [];
  let at = beginning.length + 1;
  for (let after = ','; after === ','; ) {
    entry.lastIndex = at;
    const match = entry.exec(text);
    if (match === null) return undefined;
    const [whole, head = '', name = '', type, object = '', next = ''] = match;
    entries.push({ name, type: type as 'd' | 'f' | 's', object, head });
    at += whole.length;
    after = next;
  }
  ending.lastIndex = at;
  return ending.test(text) ? entries : undefined;
}

function parsedEntries({ entries }: Directory): EntryTexts[] {
  return entries.map(each => ({
    name: jsonText(each.name),
    type: each.type,
    object: each.object,
    head: directoryEntryHead(each),
  }));
}
