import type { Message } from '#foundation/language.ts';
import { say } from '../../spec.ts';

/** Says that what interrupted writes had left is gone. */
export function abandonedNotes(count: number): Message[] {
  if (count === 0) return [];
  const writes = count === 1 ? 'a write that was interrupted' : `${count} writes that were interrupted`;
  return [say(`Removed what was left of ${writes}.`, `中断された書き込み ${count} 件の残りを削除しました。`)];
}
