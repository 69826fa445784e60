import { Fault } from '../../format/fault.ts';
import { type Json, type JsonObject, parseJson, writeJson } from '../../format/go-json.ts';
import { jsonBytes, jsonText } from '../../format/go-json-text.ts';
import { behindTime, formatTime } from '../../format/go-time.ts';
import {
  countField,
  documentOf,
  listField,
  objectField,
  objectIn,
  textField,
  timeField,
} from './document-fields.ts';
import { isObjectId, type ObjectId } from './object-id.ts';
import { reasons } from './reasons.ts';

/** File, directory, symbolic link, or what is not known. */
export type EntryType = 'f' | 'd' | 's' | '';

/** An entry of a directory. Times in nanoseconds since 1970. */
export interface DirectoryEntry {
  readonly name: string;
  readonly type: EntryType;
  /** Permissions, and Go's bits for setuid, setgid and sticky: {@link unixMode} has the system's. */
  readonly mode: number;
  /** Bytes; those of its target for a link, 0 for a directory. */
  readonly size: number;
  readonly mtime: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly object: ObjectId;
  /** Of a directory: what lies below it. */
  readonly summary?: DirectorySummary | undefined;
}

/** An entry to be written, whose name's bytes need not be text. */
export interface NewDirectoryEntry extends Omit<DirectoryEntry, 'name'> {
  readonly name: string | Uint8Array;
}

/** What lies below a directory. */
export interface DirectorySummary {
  /** Bytes of regular files. */
  readonly size: number;
  readonly files: number;
  readonly symlinks: number;
  /** With the directory itself. */
  readonly dirs: number;
  readonly maxTime: bigint;
  /** Why it is not whole; '' where it is. */
  readonly incomplete: string;
  readonly failed: number;
  readonly ignoredErrors: number;
  readonly errors: readonly EntryError[];
}

/** Why an entry is missing. */
export interface EntryError {
  readonly path: string;
  readonly error: string;
}

export interface Directory {
  readonly entries: readonly DirectoryEntry[];
  readonly summary: DirectorySummary | undefined;
}

/** What every directory says it is. */
const stream = 'kopia:directory';
const entryReason = reasons.directoryEntry;

/** @throws Fault for what is no directory, or holds a name that would lead out of it */
export function readDirectory(plain: Uint8Array): Directory {
  const document = documentOf(plain, reasons.directory);
  if (document['stream'] !== stream) throw new Fault(reasons.directory);
  const entries = listField(document, 'entries', reasons.directory).map(each => {
    const entry = readEntry(each);
    if (!isSafeName(entry.name)) throw new Fault(reasons.entryName);
    return entry;
  });
  return { entries, summary: summaryOf(document, 'summary') };
}

function isSafeName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

/** An entry out of JSON: of a directory, or the root of a snapshot, whose name says nothing. @throws Fault */
export function readEntry(value: Json | undefined): DirectoryEntry {
  const document = objectIn(value, entryReason);
  const object = document['obj'];
  if (!isObjectId(object)) throw new Fault(entryReason);
  return {
    name: textField(document, 'name', entryReason),
    type: typeOf(textField(document, 'type', entryReason)),
    mode: modeOf(textField(document, 'mode', entryReason)),
    size: countField(document, 'size', entryReason),
    mtime: timeField(document, 'mtime', entryReason) ?? 0n,
    uid: countField(document, 'uid', entryReason),
    gid: countField(document, 'gid', entryReason),
    object,
    summary: summaryOf(document, 'summ'),
  };
}

function typeOf(text: string): EntryType {
  return text === 'f' || text === 'd' || text === 's' ? text : '';
}

/** A number as Go's literals are written; kopia itself writes octal ones. */
function modeOf(text: string): number {
  if (text === '') return 0;
  const octal = /^0[0-7]{1,11}$/.test(text);
  const mode = octal
    ? Number.parseInt(text, 8)
    : /^(?:0|[1-9]\d{0,9}|0x[0-9a-f]{1,8})$/i.test(text)
      ? Number(text)
      : -1;
  if (mode < 0 || mode > 0x7fff_ffff) throw new Fault(entryReason);
  return mode;
}

function summaryOf(document: JsonObject, key: string): DirectorySummary | undefined {
  if ((document[key] ?? undefined) === undefined) return undefined;
  const reason = reasons.directory;
  const summary = objectField(document, key, reason);
  return {
    size: countField(summary, 'size', reason),
    files: countField(summary, 'files', reason),
    symlinks: countField(summary, 'symlinks', reason),
    dirs: countField(summary, 'dirs', reason),
    maxTime: timeField(summary, 'maxTime', reason) ?? 0n,
    incomplete: textField(summary, 'incomplete', reason),
    failed: countField(summary, 'numFailed', reason),
    ignoredErrors: countField(summary, 'numIgnoredErrors', reason),
    errors: listField(summary, 'errors', reason).map(each => {
      const error = objectIn(each, reason);
      return { path: textField(error, 'path', reason), error: textField(error, 'error', reason) };
    }),
  };
}

/** The plain text of a directory, byte for byte kopia's; the entries in any order. */
export function writeDirectory(
  entries: readonly NewDirectoryEntry[],
  summary: DirectorySummary | undefined,
): Buffer {
  const sorted = entries.toSorted(compareEntries);
  return Buffer.from(directoryText(sorted.map(directoryEntryText), summary));
}

/** {@link writeDirectory} of entries whose texts are there, in {@link compareEntries}'s order. */
export function directoryText(entries: readonly string[], summary: DirectorySummary | undefined): string {
  const list = entries.length === 0 ? 'null' : `[${entries.join(',')}]`;
  return `${beginning}${list}${directoryEnd(summary)}`;
}

const beginning = `{"stream":"${stream}","entries":`;

function directoryEnd(summary: DirectorySummary | undefined): string {
  return `,"summary":${summary === undefined ? 'null' : summaryText(summary)}}\n`;
}

/** All of a directory. */
export interface WholeText {
  /** `undefined` where it is not as {@link directoryText} would write it. */
  readonly text: string | undefined;
}

/** An entry's text, which may have been taken from that of a directory. */
export interface EntryText {
  readonly text: string;
  /** Where it stands in the text of {@link within}; -1 where it is in none. */
  readonly at: number;
  /** By this very object it is known where it was taken from: to compare texts would take as long as they are, for each entry. */
  readonly within: WholeText | undefined;
}

/** Whether {@link directoryText} of some entries is the text of that directory: nothing is made to be compared, and what was taken from there is not looked at. */
export function isDirectoryText(
  directory: WholeText,
  entries: readonly EntryText[],
  summary: DirectorySummary,
): boolean {
  const { text } = directory;
  if (text === undefined) return false;
  let at = behind(text, beginning, 0);
  if (entries.length === 0) at = behind(text, 'null', at);
  for (let index = 0; index < entries.length && at !== -1; index++) {
    const entry = entries[index];
    at = behind(text, index === 0 ? '[' : ',', at);
    if (entry === undefined) return false;
    const isFromHere = entry.at === at && entry.within === directory;
    at = isFromHere ? at + entry.text.length : behind(text, entry.text, at);
  }
  if (entries.length > 0) at = behind(text, ']', at);
  return behind(text, directoryEnd(summary), at) === text.length;
}

/** One entry as JSON: members that are zero, '' or missing are left out, but for the object. */
export function directoryEntryText(entry: NewDirectoryEntry): string {
  const { object, summary } = entry;
  const text = `${directoryEntryHead(entry)}"obj":"${object}"`;
  return summary === undefined ? `${text}}` : `${text},"summ":${summaryText(summary)}}`;
}

/** What stands before the object in {@link directoryEntryText}. */
export function directoryEntryHead(entry: Omit<NewDirectoryEntry, 'object' | 'summary'>): string {
  const { name, type, mode, size, mtime, uid, gid } = entry;
  const quoted = typeof name === 'string' ? jsonText(name) : jsonBytes(name);
  const beginning = quoted === '""' ? '{' : `${nameMember}${quoted},`;
  const sizeText = size === 0 ? '' : `${sizeMember}${size},`;
  const time = mtime === 0n ? '' : `${timeMember}${formatTime(mtime)}",`;
  return beginning + kindText(type, mode) + sizeText + time + ownerText(uid, gid);
}

const nameMember = '{"name":';
const sizeMember = '"size":';
const timeMember = '"mtime":"';

/** Whether {@link directoryEntryHead} is that text, for an entry whose name as JSON is `quoted`: nothing is made to be compared. */
export function isEntryHead(
  head: string,
  quoted: string,
  { type, mode, size, mtime, uid, gid }: Omit<NewDirectoryEntry, 'name' | 'object' | 'summary'>,
): boolean {
  let at = behind(head, ',', behind(head, quoted, behind(head, nameMember, 0)));
  at = behind(head, kindText(type, mode), at);
  if (size !== 0) at = behind(head, ',', behind(head, String(size), behind(head, sizeMember, at)));
  if (mtime !== 0n) at = behind(head, '",', behindTime(head, mtime, behind(head, timeMember, at)));
  return behind(head, ownerText(uid, gid), at) === head.length;
}

/** Where a part of a text ends that begins there; -1 where another does, or `at` is that. */
function behind(text: string, part: string, at: number): number {
  return at !== -1 && text.startsWith(part, at) ? at + part.length : -1;
}

/** Members that most entries of a directory share are made once. */
let lastKind = { type: '', mode: 0, text: '' };
let lastOwner = { uid: 0, gid: 0, text: '' };

function kindText(type: EntryType, mode: number): string {
  if (lastKind.type !== type || lastKind.mode !== mode) {
    const kind = type === '' ? '' : `"type":"${type}",`;
    lastKind = { type, mode, text: mode === 0 ? kind : `${kind}"mode":"0${mode.toString(8)}",` };
  }
  return lastKind.text;
}

function ownerText(uid: number, gid: number): string {
  if (lastOwner.uid !== uid || lastOwner.gid !== gid) {
    const user = uid === 0 ? '' : `"uid":${uid},`;
    lastOwner = { uid, gid, text: gid === 0 ? user : `${user}"gid":${gid},` };
  }
  return lastOwner.text;
}

/** The one that was asked for last: it stands in the directory itself and in the one above. */
let lastSummary: { readonly summary: DirectorySummary; readonly text: string } | undefined;

function summaryText(summary: DirectorySummary): string {
  if (lastSummary?.summary !== summary) lastSummary = { summary, text: newSummaryText(summary) };
  return lastSummary.text;
}

function newSummaryText(summary: DirectorySummary): string {
  const { size, files, symlinks, dirs, maxTime, incomplete, failed, ignoredErrors, errors } = summary;
  let text = `{"size":${size},"files":${files},"symlinks":${symlinks},"dirs":${dirs},`;
  text += `"maxTime":"${formatTime(maxTime)}",`;
  if (incomplete !== '') text += `"incomplete":${jsonText(incomplete)},`;
  text += `"numFailed":${failed}`;
  if (ignoredErrors !== 0) text += `,"numIgnoredErrors":${ignoredErrors}`;
  if (errors.length > 0) {
    text += `,"errors":${writeJson(errors.map(({ path, error }) => ({ path, error })))}`;
  }
  return `${text}}`;
}

/** An entry as JSON, its members in kopia's order. */
export function writeEntry(entry: DirectoryEntry): JsonObject {
  return objectIn(parseJson(directoryEntryText(entry)), entryReason);
}

/** The order of entries: directories first, then by the bytes of their names. */
export function compareEntries(
  a: Pick<NewDirectoryEntry, 'name' | 'type'>,
  b: Pick<NewDirectoryEntry, 'name' | 'type'>,
): number {
  if ((a.type === 'd') !== (b.type === 'd')) return a.type === 'd' ? -1 : 1;
  return Buffer.compare(bytesOf(a.name), bytesOf(b.name));
}

function bytesOf(name: string | Uint8Array): Uint8Array {
  return typeof name === 'string' ? Buffer.from(name) : name;
}

/** Go's bits for setuid, setgid and sticky, in the order of the system's. */
const goBits = [
  [0o4000, 1 << 23],
  [0o2000, 1 << 22],
  [0o1000, 1 << 20],
] as const;
const permissions = 0o777;

/** The system's twelve bits of a mode. */
export function unixMode(mode: number): number {
  return goBits.reduce((bits, [unix, go]) => ((mode & go) === 0 ? bits : bits | unix), mode & permissions);
}

/** Go's mode for the system's twelve bits. */
export function goMode(unix: number): number {
  let mode = unix & permissions;
  for (let at = 0; at < goBits.length && mode !== unix; at++) {
    const bits = goBits[at];
    if (bits !== undefined && (unix & bits[0]) !== 0) mode |= bits[1];
  }
  return mode;
}
