import { isObject, type Json, type JsonObject, ordered, writeJson } from '../../format/go-json.ts';
import { parseTime } from '../../format/go-time.ts';
import { isId } from './ids.ts';

/** A file below `snapshots/`; members that are not named here are kept. */
export interface SnapshotDocument extends JsonObject {
  readonly time: string;
  readonly parent?: string;
  /** The id of the tree blob of the root. */
  readonly tree: string;
  /** What was asked to be stored: absolute paths. */
  readonly paths: readonly string[];
  readonly hostname?: string;
  readonly username?: string;
  readonly tags?: readonly string[];
}

const memberOrder = [
  'time',
  'parent',
  'tree',
  'paths',
  'hostname',
  'username',
  'uid',
  'gid',
  'excludes',
  'tags',
  'original',
  'program_version',
  'summary',
];

/** `undefined` where it is no snapshot. */
export function readSnapshot(document: Json): SnapshotDocument | undefined {
  if (!isObject(document)) return undefined;
  const { time, tree, paths, tags } = document;
  if (typeof time !== 'string' || parseTime(time) === undefined || !isId(tree)) return undefined;
  if (!isTexts(paths) || (tags !== undefined && !isTexts(tags))) return undefined;
  const texts = ['hostname', 'username'].every(
    key => document[key] === undefined || typeof document[key] === 'string',
  );
  return texts ? (document as unknown as SnapshotDocument) : undefined;
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every(each => typeof each === 'string');
}

/** The file's plain text. */
export function writeSnapshot(document: SnapshotDocument): Buffer {
  return Buffer.from(writeJson(ordered(document, memberOrder)));
}
