/** Bytes, as restic takes them: a number, or one with k, M, G or T (of 1024 each); `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([kmgt]?)b?$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const size = Number(digits) * 1024 ** ' kmgt'.indexOf(unit === '' ? ' ' : unit.toLowerCase());
  return Number.isSafeInteger(size) ? size : undefined;
}
