/** Which packs are read. */
export type PackSubset =
  /** The `part`-th of so many parts, from 1: the same packs each time, and in all parts together every one. */
  | { readonly kind: 'part'; readonly part: number; readonly of: number }
  /** So many percent of the packs, chosen at random; one at least. */
  | { readonly kind: 'percent'; readonly percent: number }
  /** Packs of about so many bytes together, chosen at random; one at least. */
  | { readonly kind: 'bytes'; readonly bytes: number };

/** More parts there are not: packs are told apart by the first byte of their ids. */
export const mostParts = 256;

interface Pack {
  readonly id: string;
  readonly size: number;
}

/** The packs of a subset, as restic's `--read-data-subset` chooses them. */
export function selectPacks<T extends Pack>(
  packs: readonly T[],
  subset: PackSubset,
  random: () => number = Math.random,
): readonly T[] {
  switch (subset.kind) {
    case 'part':
      return packs.filter(({ id }) => Number.parseInt(id.slice(0, 2), 16) % subset.of === subset.part - 1);
    case 'percent':
      return shuffled(packs, random).slice(0, countOf(packs, subset.percent / 100));
    case 'bytes': {
      const total = packs.reduce((sum, { size }) => sum + size, 0);
      return shuffled(packs, random).slice(0, countOf(packs, Math.min(1, subset.bytes / Math.max(total, 1))));
    }
  }
}

function countOf(packs: readonly unknown[], share: number): number {
  return Math.max(1, Math.floor(packs.length * share));
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    const [a, b] = [all[at], all[other]];
    if (a === undefined || b === undefined) continue;
    [all[at], all[other]] = [b, a];
  }
  return all;
}

/** `2/5`, `10%`, `2.5%`, or bytes in restic's spelling (`500M`); `undefined` for anything else. */
export function parseSubset(
  text: string,
  parseBytes: (text: string) => number | undefined,
): PackSubset | undefined {
  const [, part, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  if (part !== undefined) {
    const subset: PackSubset = { kind: 'part', part: Number(part), of: Number(of) };
    return subset.part >= 1 && subset.part <= subset.of && subset.of <= mostParts ? subset : undefined;
  }
  const [, percentage] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percentage !== undefined) {
    const percent = Number(percentage);
    return percent > 0 && percent <= 100 ? { kind: 'percent', percent } : undefined;
  }
  const bytes = parseBytes(text);
  return bytes === undefined || bytes <= 0 ? undefined : { kind: 'bytes', bytes };
}
