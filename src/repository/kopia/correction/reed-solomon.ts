import { addProducts } from './field.ts';
import { encodingMatrix, invert, type Matrix } from './matrix.ts';

/** Parity shards beside data shards of the same size: as many as there are of parity may be lost. */
export interface ReedSolomon {
  readonly data: number;
  readonly parity: number;
  /** Fills the parity shards. */
  readonly encode: (data: readonly Uint8Array[], parity: readonly Uint8Array[]) => void;
  /** The data shards, those that are missing computed anew; `undefined` where too many are. The parity follows the data. */
  readonly reconstruct: (shards: readonly (Uint8Array | undefined)[]) => Uint8Array[] | undefined;
}

/** Made once for each pair of numbers: it takes milliseconds. */
const made = new Map<string, ReedSolomon>();

export function reedSolomon(data: number, parity: number): ReedSolomon {
  const key = `${data} ${parity}`;
  const known = made.get(key) ?? make(data, parity);
  made.set(key, known);
  return known;
}

function make(data: number, parity: number): ReedSolomon {
  const matrix = encodingMatrix(data, data + parity);
  return {
    data,
    parity,
    encode: (shards, targets) => {
      for (const [index, target] of targets.entries()) combine(matrix[data + index], shards, target);
    },
    reconstruct: shards => reconstruct(matrix, data, shards),
  };
}

function combine(factors: Uint8Array | undefined, shards: readonly Uint8Array[], target: Uint8Array): void {
  target.fill(0);
  for (const [index, shard] of shards.entries()) addProducts(factors?.[index] ?? 0, shard, target);
}

function reconstruct(
  matrix: Matrix,
  data: number,
  shards: readonly (Uint8Array | undefined)[],
): Uint8Array[] | undefined {
  const whole = shards.slice(0, data).filter(shard => shard !== undefined);
  if (whole.length === data) return whole;
  const there = shards
    .flatMap((shard, index) => (shard === undefined ? [] : [{ shard, index }]))
    .slice(0, data);
  if (there.length < data) return undefined;
  const inverted = invert(there.map(({ index }) => matrix[index] ?? new Uint8Array(data)));
  const present = there.map(({ shard }) => shard);
  return Array.from({ length: data }, (_, index) => {
    const shard = shards[index];
    if (shard !== undefined) return shard;
    const target = new Uint8Array(present[0]?.length ?? 0);
    combine(inverted[index], present, target);
    return target;
  });
}
