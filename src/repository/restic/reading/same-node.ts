import { isObject, type Json, type JsonObject, writeJson } from '../../format/go-json.ts';
import { parseTime } from '../../format/go-time.ts';
import type { TreeNode } from '../format/tree.ts';

/**
 * Whether two entries say the same, content and directory included, as restic compares them: times by what moment they are,
 * extended attributes whatever their order, and what is left out as what is zero or empty.
 */
export function sameNode(a: TreeNode, b: TreeNode): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every(key => sameMember(key, a[key], b[key]));
}

/** {@link sameNode}, whatever their contents. */
export function sameButContent(a: TreeNode, b: TreeNode): boolean {
  return sameNode({ ...a, content: null }, { ...b, content: null });
}

/** Whether two files have the same content. */
export function sameContent({ content: a }: TreeNode, { content: b }: TreeNode): boolean {
  return a?.length === b?.length && (a ?? []).every((id, at) => id === b?.[at]);
}

function sameMember(key: string, a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (key.endsWith('time')) return momentOf(a) === momentOf(b);
  if (key === 'extended_attributes') return attributesText(a) === attributesText(b);
  if (key === 'content') return writeJson(a ?? null) === writeJson(b ?? null);
  return textOf(a) === textOf(b);
}

function momentOf(value: Json | undefined): bigint | undefined {
  return typeof value === 'string' ? parseTime(value) : undefined;
}

function attributesText(value: Json | undefined): string {
  const list = Array.isArray(value) ? (value as readonly Json[]) : [];
  return writeJson(list.filter(isObject).map(attributeText).sort());
}

function attributeText({ name = '', value }: JsonObject): string {
  return writeJson([name, value ?? '']);
}

/** What Go leaves out, being zero, is written as nothing. */
function textOf(value: Json | undefined): string {
  return value === undefined || value === null || value === 0 || value === '' ? '' : writeJson(value);
}
