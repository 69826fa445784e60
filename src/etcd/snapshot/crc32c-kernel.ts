import { crc32c } from '#foundation/crc32c.ts';
import {
  type Code,
  get,
  i8x16,
  i32,
  i32x4,
  instantiate,
  type Local,
  localsOf,
  type Memory,
  sequence,
  set,
  v128,
  whileTrue,
} from '#repository/wasm/module.ts';

/**
 * Folds a long input into its first 64 bytes, so that the CRC-32C of what is left there is that of the whole. The input is
 * sixteen interleaved rows of words of 32 bits. A word that 64 bytes follow may as well be advanced over these (a linear
 * map of 32 bits to 32 bits) and added to the word behind them. Here the map is looked up by halves of bytes, for all
 * sixteen words at once: one vector holds the first bytes of all words, one the second bytes, and so on ("planes").
 */
export interface FoldingKernel {
  /** Where bytes are put. */
  readonly input: Uint8Array;
  /**
   * Folds `blocks` blocks of {@link blockSize}, at least one, from the beginning of `input` into its first one.
   */
  readonly fold: (blocks: number) => void;
}

/** Bytes that are taken at once. */
export const blockSize = 64;
const words = 16;
const vectorSize = 16;
const wordSize = 4;

const tablesAt = 0;
const tablesSize = 2 * wordSize * wordSize * vectorSize;
const planesAt = tablesSize;
const inputAt = planesAt + blockSize;
/** Fits into a processor's nearer caches. */
const inputSize = 4 * 65_536 - inputAt - (inputAt % blockSize);

export function makeFoldingKernel(): FoldingKernel {
  const { memory, fold } = instantiate([foldFunction()], 4) as unknown as {
    memory: Memory;
    fold: (end: number) => number;
  };
  new Uint8Array(memory.buffer, tablesAt, tablesSize).set(advanceTables());
  const planes = new Uint8Array(memory.buffer, planesAt, blockSize);
  const input = new Uint8Array(memory.buffer, inputAt, inputSize);
  return {
    input,
    fold(blocks) {
      fold(inputAt + blocks * blockSize);
      for (let at = 0; at < blockSize; at++) {
        input[at] = planes[words * (at % wordSize) + Math.floor(at / wordSize)] ?? 0;
      }
    },
  };
}

/**
 * For each byte of a word and each half of it: what each value of this half adds to each byte of the word that is
 * advanced over a block. Sixteen values make a vector.
 */
function advanceTables(): Uint8Array {
  const tables = new Uint8Array(tablesSize);
  const zeros = new Uint8Array(blockSize);
  const step = (word: number): number => ~crc32c(zeros, ~word) >>> 0;
  for (let half = 0; half < 2 * wordSize; half++) {
    for (let value = 0; value < 16; value++) {
      const advanced = step((value << (4 * half)) >>> 0);
      for (let byte = 0; byte < wordSize; byte++) {
        tables[tableOf(half, byte) + value] = (advanced >>> (8 * byte)) & 255;
      }
    }
  }
  return tables;
}

function tableOf(half: number, byte: number): number {
  return tablesAt + vectorSize * (wordSize * half + byte);
}

/** `fold(end)`: folds what is between the input's beginning and `end`, and leaves the planes of the last block. */
function foldFunction(): Parameters<typeof instantiate>[0][number] {
  const local = localsOf();
  const end = local('i32');
  const at = local('i32');
  const four = (): Local[] => Array.from({ length: wordSize }, () => local('v128'));
  const [planes, next, low, high] = [four(), four(), four(), four()];
  const scratch = four();
  const body = sequence(
    set(at, i32.const(inputAt)),
    loadPlanes(at, planes, scratch),
    set(at, i32.const(inputAt + blockSize)),
    whileTrue(
      i32.lessUnsigned(get(at), get(end)),
      sequence(
        loadPlanes(at, next, scratch),
        ...planes.map((plane, byte) =>
          sequence(
            set(low[byte] as Local, v128.and(get(plane), v128.const(Array(vectorSize).fill(15)))),
            set(high[byte] as Local, i8x16.shiftRight(get(plane), i32.const(4))),
          ),
        ),
        ...planes.map((plane, byte) => set(plane, advanced(byte, { next, low, high }))),
        set(at, i32.add(get(at), i32.const(blockSize))),
      ),
    ),
    ...planes.map((plane, byte) => v128.store(i32.const(0), planesAt + byte * vectorSize, get(plane))),
    i32.const(0),
  );
  const locals = [at, ...planes, ...next, ...low, ...high, ...scratch];
  return { name: 'fold', parameters: [end], result: 'i32', locals, body };
}

/** One byte of each word: of the block itself, and of the words before it, advanced. */
function advanced(
  byte: number,
  { next, low, high }: Record<'next' | 'low' | 'high', readonly Local[]>,
): Code {
  const halves = low.flatMap((each, from) => [each, high[from] as Local]);
  const added = halves.map((half, number) =>
    i8x16.relaxedSwizzle(v128.load(i32.const(0), tableOf(number, byte)), get(half)),
  );
  return added.reduce((sum, each) => v128.xor(sum, each), get(next[byte] as Local));
}

/** Sorts the bytes of a block: byte 0 of its sixteen words into the first local, byte 1 into the second, and so on. */
function loadPlanes(at: Local, planes: readonly Local[], sorted: readonly Local[]): Code {
  const [a, b, c, d] = sorted as [Local, Local, Local, Local];
  const pairs = [
    [a, b],
    [c, d],
  ] as const;
  const byBytes = Array.from({ length: vectorSize }, (_, to) => wordSize * (to % wordSize) + (to >> 2));
  const joined = (first: Code, second: Code, half: 0 | 1): Code =>
    i32x4.shuffle(first, second, half === 0 ? [0, 4, 1, 5] : [2, 6, 3, 7]);
  const ofPairs = (half: 0 | 1): [Code, Code] =>
    pairs.map(([first, second]) => joined(get(first), get(second), half)) as [Code, Code];
  return sequence(
    ...sorted.map((each, number) => {
      const vector = v128.load(get(at), number * vectorSize);
      return set(each, i8x16.shuffle(vector, vector, byBytes));
    }),
    ...planes.map((plane, byte) => {
      const [first, second] = ofPairs(byte < 2 ? 0 : 1);
      return set(plane, i32x4.shuffle(first, second, byte % 2 === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7]));
    }),
  );
}
