import { own } from './same.ts';

export type ListKey = string | number;

type Fields = Readonly<Record<string, unknown>>;

/** Fields by which Kubernetes tells elements of lists apart, the commonest first. */
const candidates = ['name', 'key', 'type', 'mountPath', 'devicePath', 'containerPort', 'port', 'ip', 'id'];

/**
 * The field that tells the elements of both lists apart: each has it, none twice, and those that are in both come in
 * the same order. `undefined` where there is none.
 */
export function listKeyOf(before: readonly Fields[], after: readonly Fields[]): string | undefined {
  return candidates.find(by => {
    const keys = [before, after].map(list => list.map(element => own(element, by)));
    return keys.every(areDistinct) && isSameOrder(keys[0] ?? [], keys[1] ?? []);
  });
}

function areDistinct(keys: readonly unknown[]): boolean {
  const fit = keys.every(key => typeof key === 'string' || typeof key === 'number');
  return fit && new Set(keys).size === keys.length;
}

function isSameOrder(before: readonly unknown[], after: readonly unknown[]): boolean {
  const [inBefore, inAfter] = [new Set(before), new Set(after)];
  const kept = before.filter(key => inAfter.has(key));
  const stayed = after.filter(key => inBefore.has(key));
  return kept.every((key, index) => key === stayed[index]);
}
