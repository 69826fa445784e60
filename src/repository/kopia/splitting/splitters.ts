import { type BoundaryFinder, makeBoundaryFinder } from '../../chunking/boundary.ts';
import { makeBuzhash } from './buzhash.ts';
import type { SplitterSizes } from './plain-buzhash.ts';

/** kopia's default for new repositories. */
export const defaultSplitter = 'DYNAMIC-4M-BUZHASH';

const averages = ['128K', '256K', '512K', '1M', '2M', '4M', '8M'] as const;
const kinds = ['FIXED-*', 'DYNAMIC-*-BUZHASH', 'DYNAMIC-*-RABINKARP'] as const;

/** All splitters that kopia offers, by its names; those without a size are old names. */
export const splitterNames: readonly string[] = [
  ...kinds.flatMap(kind => averages.map(average => kind.replace('*', average))),
  'FIXED',
  'DYNAMIC',
];

/** The irreducible polynomial that the Rabin-Karp splitters of kopia use (`RandomPolynomial(1)` of their library). */
const rabinKarpPolynomial = 0x2e3e3e4a305605n;

/**
 * A splitter by its name, with memory of its own for the longest content; it belongs to one thread. An object is cut behind the
 * first byte that `find` names, else at the greatest size, and from there on again. `undefined` for a name that kopia
 * does not know.
 */
export function makeSplitter(name: string): BoundaryFinder | undefined {
  if (!splitterNames.includes(name)) return undefined;
  if (name === 'FIXED') return makeFixed(sizesOf('4M').average);
  if (name === 'DYNAMIC') return makeSplitter(defaultSplitter);
  const [kind, average = '', hash] = name.split('-');
  const sizes = sizesOf(average);
  if (kind === 'FIXED') return makeFixed(sizes.average);
  if (hash === 'BUZHASH') return makeBuzhash(sizes);
  return makeBoundaryFinder(rabinKarpPolynomial, { ...sizes, mask: BigInt(sizes.average - 1) });
}

/** The greatest number of bytes that a content of this splitter has. */
export function longestContent(name: string): number | undefined {
  const [kind = '', average = '4M'] = name.split('-');
  if (!splitterNames.includes(name)) return undefined;
  return kind === 'FIXED' ? sizesOf(average).average : sizesOf(average).max;
}

function sizesOf(text: string): SplitterSizes {
  const average = Number.parseInt(text, 10) * (text.endsWith('M') ? 1024 * 1024 : 1024);
  return { min: average / 2, average, max: 2 * average };
}

/** Every content is of the same size, but for the last one. */
function makeFixed(size: number): BoundaryFinder {
  return {
    sizes: { min: size, max: size },
    room: new Uint8Array(new ArrayBuffer(size)),
    find: () => 0,
  };
}
