import { addProducts, inverse, multiply, power } from './field.ts';

/** Rows of bytes. */
export type Matrix = readonly Uint8Array[];

/**
 * What makes parity of data: of so many rows as there are shards, those of a Vandermonde matrix times the inverse of its upper square, so
 * that data stay what they are. Any rows as many as there are data shards can be inverted.
 */
export function encodingMatrix(data: number, total: number): Matrix {
  const vandermonde = Array.from({ length: total }, (_, row) =>
    Uint8Array.from({ length: data }, (_each, column) => power(row, column)),
  );
  const inverted = invert(vandermonde.slice(0, data));
  return vandermonde.map(row => productRow(row, inverted));
}

function productRow(row: Uint8Array, matrix: Matrix): Uint8Array {
  const result = new Uint8Array(matrix.length);
  for (const [index, other] of matrix.entries()) addProducts(row[index] ?? 0, other, result);
  return result;
}

/** The inverse of a square, by elimination. @throws RangeError where it has none */
export function invert(square: Matrix): Matrix {
  const size = square.length;
  const rows = square.map((row, index) => {
    const wide = new Uint8Array(2 * size);
    wide.set(row);
    wide[size + index] = 1;
    return wide;
  });
  for (let column = 0; column < size; column++) eliminate(rows, column);
  return rows.map(row => row.subarray(size));
}

/** Makes the column that of the unit matrix. */
function eliminate(rows: Uint8Array[], column: number): void {
  const found = rows.findIndex((row, index) => index >= column && row[column] !== 0);
  const [pivot, other] = [rows[found], rows[column]];
  if (pivot === undefined || other === undefined) throw new RangeError('a matrix without an inverse');
  rows[found] = other;
  rows[column] = pivot;
  const factor = inverse(pivot[column] ?? 0);
  for (let at = 0; at < pivot.length; at++) pivot[at] = multiply(pivot[at] ?? 0, factor);
  for (const row of rows) if (row !== pivot) addProducts(row[column] ?? 0, pivot, row);
}
