import { Fault } from '../../format/fault.ts';
import { isObject, type Json, parseJson } from '../../format/go-json.ts';
import { reasons } from '../format/reasons.ts';
import { nameOf, readTree, type TreeNode, writeTree } from '../format/tree.ts';

/** Entries that are left of a damaged list, and whether all are. */
export interface LeftOfTree {
  readonly nodes: readonly TreeNode[];
  readonly complete: boolean;
}

/**
 * The entries of a tree blob that are valid, in the order of their names; of several with one name, the first. Files
 * without a list of their content have none.
 *
 * @throws Fault where it has no list of entries at all
 */
export function readTreeLeniently(plain: Buffer): LeftOfTree {
  try {
    const nodes = readTree(plain);
    if (nodes.every(({ type }) => type !== 'irregular')) return { nodes, complete: true };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
  }
  const valid = listOf(plain).flatMap(validNode);
  const inOrder = valid.toSorted((a, b) => Buffer.compare(nameOf(a), nameOf(b)));
  const nodes = inOrder.filter((node, at) => {
    const before = inOrder[at - 1];
    return before === undefined || !nameOf(before).equals(nameOf(node));
  });
  return { nodes, complete: false };
}

function listOf(plain: Buffer): readonly Json[] {
  let document: Json;
  try {
    document = parseJson(plain.toString());
  } catch (cause) {
    throw new Fault(reasons.notJson, { cause });
  }
  const nodes = isObject(document) ? document['nodes'] : undefined;
  if (!Array.isArray(nodes)) throw new Fault(reasons.treeList);
  return nodes as readonly Json[];
}

function validNode(document: Json): readonly TreeNode[] {
  if (!isObject(document) || document['type'] === 'irregular') return [];
  const isEmptyFile = document['type'] === 'file' && !Array.isArray(document['content']);
  const node = isEmptyFile ? { ...document, content: [] } : document;
  try {
    return readTree(writeTree([node]));
  } catch (thrown) {
    if (thrown instanceof Fault) return [];
    throw thrown;
  }
}
