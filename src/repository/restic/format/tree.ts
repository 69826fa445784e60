import { Fault } from '../../format/fault.ts';
import {
  isObject,
  type Json,
  type JsonNumber,
  type JsonObject,
  ordered,
  parseJson,
  writeJson,
} from '../../format/go-json.ts';
import { unquoteName } from '../../format/go-quote.ts';
import { isId } from './ids.ts';
import { reasons } from './reasons.ts';

/** What an entry of a directory can be. */
export const nodeTypes = ['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket', 'irregular'] as const;
export type NodeType = (typeof nodeTypes)[number];

/** An entry of a directory, as its tree blob has it; members that are not named here are kept. */
export interface TreeNode extends JsonObject {
  /** Quoted as Go does (`go-quote.ts`): {@link nameOf} has the bytes. */
  readonly name: string;
  readonly type: NodeType;
  /** Go's `os.FileMode`: permissions in the low nine bits, the type in the high ones. */
  readonly mode?: number;
  readonly mtime?: string;
  readonly size?: JsonNumber;
  readonly user?: string;
  readonly group?: string;
  readonly linktarget?: string;
  /** Ids of the data blobs that make the content of a file. */
  readonly content: readonly string[] | null;
  /** The id of a directory's own tree blob. */
  readonly subtree?: string;
}

/** The members of a node in the order of restic's own; those it does not know come after them. */
const memberOrder = [
  'name',
  'type',
  'mode',
  'mtime',
  'atime',
  'ctime',
  'uid',
  'gid',
  'user',
  'group',
  'inode',
  'device_id',
  'size',
  'links',
  'linktarget',
  'linktarget_raw',
  'extended_attributes',
  'generic_attributes',
  'device',
  'content',
  'subtree',
  'error',
];

/** The entries of a tree blob, in the order in which they stand there. @throws Fault */
export function readTree(plain: Uint8Array): readonly TreeNode[] {
  const nodes = parseTree(plain);
  let before = ''; // which is no name
  for (const node of nodes) {
    const name = latinNameOf(node);
    if (before >= name) throw new Fault(reasons.treeOrder);
    before = name;
  }
  return nodes;
}

function parseTree(plain: Uint8Array): readonly TreeNode[] {
  let document: Json;
  try {
    document = parseJson(Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString());
  } catch (cause) {
    throw new Fault(reasons.notJson, { cause });
  }
  const nodes = isObject(document) ? document['nodes'] : undefined;
  if (!Array.isArray(nodes)) throw new Fault(reasons.treeList);
  return (nodes as readonly Json[]).map(checkNode);
}

function checkNode(document: Json): TreeNode {
  if (!isObject(document) || !nodeTypes.includes(document['type'] as NodeType)) {
    throw new Fault(reasons.treeEntry);
  }
  if (!hasTexts(document) || !hasContent(document)) {
    throw new Fault(reasons.treeEntry);
  }
  return document as unknown as TreeNode;
}

function hasTexts({ name, mode, mtime, user, group, linktarget }: JsonObject): boolean {
  if (typeof name !== 'string' || (mode !== undefined && typeof mode !== 'number')) return false;
  return mayBeText(mtime) && mayBeText(user) && mayBeText(group) && mayBeText(linktarget);
}

function mayBeText(value: Json | undefined): boolean {
  return value === undefined || typeof value === 'string';
}

function hasContent({ type, content, subtree }: JsonObject): boolean {
  if (subtree !== undefined && subtree !== null && !isId(subtree)) return false;
  if (type === 'dir') return isId(subtree);
  if (type !== 'file') return true;
  return Array.isArray(content) && content.every(isId);
}

/** An entry's name in bytes. A name that could lead elsewhere is refused. @throws Fault */
export function nameOf({ name }: Pick<TreeNode, 'name'>): Buffer {
  const bytes = unquoteName(name);
  if (bytes === undefined || bytes.length === 0) throw new Fault(reasons.treeName);
  if (bytes.includes(0) || bytes.includes(0x2f) || bytes.equals(dot) || bytes.equals(dotDot)) {
    throw new Fault(reasons.treeName);
  }
  return bytes;
}

/** {@link nameOf} as a text with one character a byte (Latin-1); two of them compare as their bytes do. @throws Fault */
export function latinNameOf(node: Pick<TreeNode, 'name'>): string {
  const { name } = node;
  if (plainName.test(name) && name !== '.' && name !== '..') return name;
  return nameOf(node).toString('latin1');
}

/** ASCII that stands for itself and leads nowhere else: no quote, slash or backslash. */
const plainName = /^[ !#-.0-[\]-~]+$/;

const dot = Buffer.of(0x2e);
const dotDot = Buffer.of(0x2e, 0x2e);

/** The plain text of a tree blob; `nodes` are in the order of their names' bytes. */
export function writeTree(nodes: Iterable<JsonObject>): Buffer {
  const texts = Array.from(nodes, node => writeJson(ordered(node, memberOrder)));
  return Buffer.from(`{"nodes":[${texts.join(',')}]}\n`);
}
