import { isUtf8 } from 'node:buffer';
import { type BytePath, bytePath, pathBytes } from '../../trees/byte-path.ts';

/**
 * The entries of a directory with names that are text, as kopia's are: bytes that are no UTF-8 become U+FFFD each, as kopia itself does
 * it; where that makes two names one, a number keeps them apart.
 */
export function textNames<T extends { readonly name: BytePath }>(entries: readonly T[]): readonly T[] {
  const isText = ({ name }: T): boolean => isUtf8(pathBytes(name));
  if (entries.every(isText)) return entries;
  const taken = new Set(entries.filter(isText).map(({ name }) => name));
  return entries.map(entry => {
    if (isText(entry)) return entry;
    const text = pathBytes(entry.name).toString();
    let name = bytePath(Buffer.from(text));
    for (let number = 2; taken.has(name); number++) name = bytePath(Buffer.from(`${text} (${number})`));
    taken.add(name);
    return { ...entry, name };
  });
}
