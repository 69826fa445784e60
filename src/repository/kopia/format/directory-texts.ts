import { jsonText } from '../../format/go-json-text.ts';
import {
  type DirectoryEntry,
  directoryEntryHead,
  directoryEntryText,
  type EntryText,
  type EntryType,
  readDirectory,
  type WholeText,
} from './directory.ts';
import type { ObjectId } from './object-id.ts';

/** An entry of a directory, as far as it takes to tell whether another one is like it. Its text is without a summary. */
export interface EntryTexts extends EntryText {
  /** As JSON, with its quotes. */
  readonly name: string;
  readonly type: EntryType;
  readonly object: ObjectId;
  /** What `directoryEntryHead` gives for it: two entries with the same are the same in all but their objects and summaries. */
  readonly head: string;
}

/**
 * A directory's entries. Of one that is written to the letter as kopia writes it nothing is taken apart before it is asked for: for the
 * directories of a snapshot that hardly differs from the next one.
 *
 * @throws Fault as `readDirectory` does
 */
export function readDirectoryTexts(plain: Buffer): DirectoryTexts {
  const text = plain.toString();
  return literal(text) ?? new ParsedTexts(readDirectory(plain).entries.map(entryTexts));
}

/** A directory, as far as it takes to tell whether another one is like it. */
export interface DirectoryTexts extends WholeText {
  /** How many entries it has. */
  readonly count: number;
  readonly entries: readonly EntryTexts[];
  /** The entry of that name, as JSON with its quotes. Fastest where they are asked for in their order. */
  find(name: string): EntryTexts | undefined;
  /** The objects of the first directories in it, so many at most: they come before all else. */
  directories(most: number): readonly ObjectId[];
}

class ParsedTexts implements DirectoryTexts {
  readonly text = undefined;
  readonly entries: readonly EntryTexts[];
  readonly #byName: ReadonlyMap<string, EntryTexts>;

  constructor(entries: readonly EntryTexts[]) {
    this.entries = entries;
    this.#byName = new Map(entries.map(entry => [entry.name, entry]));
  }

  get count(): number {
    return this.entries.length;
  }

  find(name: string): EntryTexts | undefined {
    return this.#byName.get(name);
  }

  directories(most: number): readonly ObjectId[] {
    const end = this.entries.findIndex(({ type }, index) => type !== 'd' || index === most);
    return this.entries.slice(0, end === -1 ? undefined : end).map(({ object }) => object);
  }
}

/** Of a text in which the places of the entries are known. */
class LiteralTexts implements DirectoryTexts {
  readonly text: string;
  /** Where each entry begins, and a last one would. */
  readonly #places: readonly number[];
  /** How many directories come before all else. */
  readonly #directories: number;
  /** The entries that are expected next: a walk asks for files and directories as they are named, and directories come first. */
  #nextDirectory = 0;
  #nextOther: number;
  #byName: Map<string, number> | undefined;
  /** The one that was found last, and its number. */
  #last: EntryTexts | undefined;
  #found = -1;

  constructor(text: string, places: readonly number[], directories: number) {
    this.text = text;
    this.#places = places;
    this.#directories = directories;
    this.#nextOther = directories;
  }

  get count(): number {
    return this.#places.length - 1;
  }

  get entries(): readonly EntryTexts[] {
    return Array.from({ length: this.count }, (_, index) => this.#entry(index, this.#name(index)));
  }

  find(name: string): EntryTexts | undefined {
    const index = this.#indexOf(name);
    if (index === undefined) return undefined;
    if (index !== this.#found || this.#last === undefined) this.#last = this.#entry(index, name);
    this.#found = index;
    return this.#last;
  }

  directories(most: number): readonly ObjectId[] {
    const objects: ObjectId[] = [];
    for (let index = 0; index < this.#directories && index < most; index++) {
      const at = this.text.indexOf(objectMember, this.#places[index]) + objectMember.length;
      objects.push(this.text.slice(at, this.text.indexOf('"', at)));
    }
    return objects;
  }

  #indexOf(name: string): number | undefined {
    if (this.#isAt(this.#nextOther, name)) return this.#nextOther++;
    if (this.#isAt(this.#nextDirectory, name)) return this.#nextDirectory++;
    // who asks twice, asks soon
    if (this.#isAt(this.#nextDirectory - 1, name)) return this.#nextDirectory - 1;
    if (this.#isAt(this.#nextOther - 1, name)) return this.#nextOther - 1;
    this.#byName ??= new Map(Array.from({ length: this.count }, (_, index) => [this.#name(index), index]));
    const index = this.#byName.get(name);
    if (index === undefined) return undefined;
    if (index < this.#directories) this.#nextDirectory = index + 1;
    else this.#nextOther = index + 1;
    return index;
  }

  /** Whether the entry of that number has that name. */
  #isAt(index: number, name: string): boolean {
    const at = index < this.count ? this.#places[index] : undefined;
    return at !== undefined && this.text.startsWith(name, at + nameMember.length);
  }

  #name(index: number): string {
    const at = (this.#places[index] ?? 0) + nameMember.length;
    return this.text.slice(at, this.text.indexOf('"', at + 1) + 1);
  }

  #entry(index: number, name: string): EntryTexts {
    const { text } = this;
    const at = this.#places[index] ?? 0;
    const typeAt = at + nameMember.length + name.length + typeMember.length;
    const objectAt = text.indexOf(objectMember, typeAt);
    const objectEnd = text.indexOf('"', objectAt + objectMember.length);
    const hasSummary = text.charAt(objectEnd + 1) === ',';
    return {
      name,
      type: text.charAt(typeAt) as EntryType,
      object: text.slice(objectAt + objectMember.length, objectEnd),
      head: text.slice(at, objectAt),
      text: hasSummary ? `${text.slice(at, objectEnd + 1)}}` : text.slice(at, objectEnd + 2),
      at: hasSummary ? -1 : at,
      within: this,
    };
  }
}

const [nameMember, typeMember, objectMember] = ['{"name":', ',"type":"', '"obj":"'];

const beginning = '{"stream":"kopia:directory","entries":';
const count = '(?:0|[1-9]\\d{0,14})';
const time = '"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{0,8}[1-9])?Z"';
const summary = `\\{"size":${count},"files":${count},"symlinks":${count},"dirs":${count},"maxTime":${time},"numFailed":${count}(?:,"numIgnoredErrors":[1-9]\\d{0,14})?\\}`;
const name = '"(?:[^\\x00-\\x1f"\\\\&<>\\u2028\\u2029\\ufffd/]|\\\\u00(?:26|3c|3e))+"';
const members = `(?:"mode":"0[1-7][0-7]{0,10}",)?(?:"size":[1-9]\\d{0,14},)?(?:"mtime":${time},)?(?:"uid":[1-9]\\d{0,9},)?(?:"gid":[1-9]\\d{0,9},)?`;
const object = '"(?:I{1,16}|Z?)[g-z]?(?:[0-9a-f]{2}){1,32}"';
/** What kopia and {@link directoryEntryHead} write for an entry of a type, and what stands behind it. */
const entryOf = (type: string): RegExp =>
  new RegExp(
    `\\{"name":${name},"type":"${type}",${members}"obj":${object}(?:,"summ":${summary})?\\}[,\\]]`,
    'y',
  );
const [directory, entry] = [entryOf('d'), entryOf('[dfs]')];
const ending = new RegExp(`,"summary":(?:null|${summary})\\}\\n$`, 'y');

/** `undefined` for what is written otherwise, or holds what few directories do. */
function literal(text: string): DirectoryTexts | undefined {
  if (!text.startsWith(`${beginning}[`)) return undefined;
  const places = [beginning.length + 1];
  appendPlaces(text, directory, places);
  const directories = places.length - 1;
  if (!isEnd(text, places)) appendPlaces(text, entry, places);
  const end = places.at(-1) ?? 0;
  ending.lastIndex = end;
  return isEnd(text, places) && ending.test(text) ? new LiteralTexts(text, places, directories) : undefined;
}

/** Notes the places of entries that are written like that, and where the last of them ends. */
function appendPlaces(text: string, pattern: RegExp, places: number[]): void {
  pattern.lastIndex = places.at(-1) ?? 0;
  while (pattern.test(text)) {
    places.push(pattern.lastIndex);
    if (isEnd(text, places)) return;
  }
}

/** Whether the last entry is behind the places. */
function isEnd(text: string, places: readonly number[]): boolean {
  return places.length > 1 && text.charAt((places.at(-1) ?? 0) - 1) === ']';
}

function entryTexts(each: DirectoryEntry): EntryTexts {
  return {
    name: jsonText(each.name),
    type: each.type,
    object: each.object,
    head: directoryEntryHead(each),
    text: directoryEntryText({ ...each, summary: undefined }),
    at: -1,
    within: undefined,
  };
}
