import {
  type Code,
  type FunctionDefinition,
  get,
  i32,
  i32x4,
  instantiate,
  type Local,
  localsOf,
  type Memory,
  sequence,
  set,
  type ValueType,
  v128,
  whileTrue,
} from '../wasm/module.ts';

/**
 * ROMix of scrypt (RFC 7914, sections 3 to 5). Words of a block are in the order of {@link toVectors}, so that a vector holds a
 * diagonal of Salsa20's square.
 */
export interface ScryptKernel {
  /** The kernel's memory, all of it. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** The block that is to be mixed. */
  readonly input: Uint32Array<ArrayBuffer>;
  /** What came of it, when all was filled, and mixed `n` times. */
  readonly output: Uint32Array<ArrayBuffer>;
  /** Makes so many blocks of the table, from one number on; all are `n`. */
  readonly fill: (from: number, count: number) => void;
  /** Mixes so often with blocks of the table: an even number of times. */
  readonly mix: (count: number) => void;
}

export interface ScryptSizes {
  /** A power of two. */
  readonly n: number;
  readonly r: number;
}

const [pageSize, chunkSize, vectorSize, wordSize] = [65536, 64, 16, 4];

/** `undefined` where the engine has no vectors, or not the memory: `128 * r * (n + 2)` bytes. */
export function makeScryptKernel(sizes: ScryptSizes): ScryptKernel | undefined {
  const places = placesOf(sizes);
  const { block, first, end } = places;
  let made: Readonly<Record<string, unknown>>;
  try {
    made = instantiate([fillFunction(places), mixFunction(places)], Math.ceil(end / pageSize));
  } catch {
    return undefined;
  }
  const { memory, fill, mix } = made as unknown as {
    memory: Memory;
    fill: (at: number, end: number) => number;
    mix: (count: number) => number;
  };
  const blockAt = (at: number): Uint32Array<ArrayBuffer> =>
    new Uint32Array(memory.buffer, at, block / wordSize);
  return {
    memory: new Uint8Array(memory.buffer),
    input: blockAt(0),
    output: blockAt(first),
    fill: (from, count) => fill(from * block, (from + count) * block),
    mix,
  };
}

/** Which word stands where in a chunk: each fifth beside the last, as the diagonals of Salsa20's square have them. */
const order = Array.from({ length: chunkSize / wordSize }, (_, at) => (at * 5) % (chunkSize / wordSize));

/** Puts words as the RFC has them into the order of the kernel. */
export function toVectors(target: Uint32Array, words: Uint32Array): void {
  for (let chunk = 0; chunk < words.length; chunk += order.length)
    for (const [at, word] of order.entries()) target[chunk + at] = words[chunk + word] ?? 0;
}

/** The other way round. */
export function fromVectors(target: Uint32Array, words: Uint32Array): void {
  for (let chunk = 0; chunk < words.length; chunk += order.length)
    for (const [at, word] of order.entries()) target[chunk + word] = words[chunk + at] ?? 0;
}

/** Bytes and addresses. The table begins at 0. */
interface Places {
  readonly block: number;
  /** Two blocks behind the table, each made of the other; what the last block of the table is mixed to is the first of them. */
  readonly first: number;
  readonly second: number;
  readonly end: number;
  /** The bits of a word that say which block of the table is meant. */
  readonly mask: number;
}

function placesOf({ n, r }: ScryptSizes): Places {
  const block = 128 * r;
  return { block, first: block * n, second: block * (n + 1), end: block * (n + 2), mask: n - 1 };
}

interface Mixing {
  /** The address of the block that is mixed, and of the block of the table that comes in. */
  readonly at: Local;
  readonly other: Local;
  readonly stop: Local;
  /** Where the next chunk of the result goes, and the one after it. */
  readonly next: Local;
  readonly later: Local;
  readonly spare: Local;
  /** A chunk; as it was before Salsa20; a sum. */
  readonly x: readonly Local[];
  readonly before: readonly Local[];
  readonly sum: Local;
}

/** The locals that mixing needs, and all of them in their order. */
function mixingOf(local: (type: ValueType) => Local): { readonly mixing: Mixing; readonly locals: Local[] } {
  const locals: Local[] = [];
  const taken = (type: ValueType): Local => {
    const made = local(type);
    locals.push(made);
    return made;
  };
  const [at, other, stop] = [taken('i32'), taken('i32'), taken('i32')];
  const [next, later, spare] = [taken('i32'), taken('i32'), taken('i32')];
  const four = (): Local[] => Array.from({ length: 4 }, () => taken('v128'));
  const mixing = { at, other, stop, next, later, spare, x: four(), before: four(), sum: taken('v128') };
  return { mixing, locals };
}

/** Makes each block of the table out of the one before it. */
function fillFunction({ block }: Places): FunctionDefinition {
  const local = localsOf();
  const [from, end] = [local('i32'), local('i32')];
  const { mixing, locals } = mixingOf(local);
  const body = whileTrue(
    i32.lessUnsigned(get(from), get(end)),
    sequence(
      set(mixing.at, get(from)),
      set(from, i32.add(get(from), i32.const(block))),
      set(mixing.next, get(from)),
      mixBlock(mixing, block, at => v128.load(get(mixing.at), at)),
    ),
  );
  return { name: 'fill', parameters: [from, end], result: 'i32', locals, body: [body, i32.const(0)] };
}

/** Makes a block out of the last one and one of the table, so often. */
function mixFunction({ block, first, second, mask }: Places): FunctionDefinition {
  const local = localsOf();
  const count = local('i32');
  const { mixing, locals } = mixingOf(local);
  const [from, to] = [local('i32'), local('i32')];
  const number = i32.and(i32.load(get(from), block - chunkSize), i32.const(mask));
  const body = sequence(
    set(from, i32.const(first)),
    set(to, i32.const(second)),
    whileTrue(
      get(count),
      sequence(
        set(mixing.other, i32.mul(number, i32.const(block))),
        set(mixing.at, get(from)),
        set(mixing.next, get(to)),
        mixBlock(mixing, block, at =>
          v128.xor(v128.load(get(mixing.at), at), v128.load(get(mixing.other), at)),
        ),
        set(mixing.spare, get(from)),
        set(from, get(to)),
        set(to, get(mixing.spare)),
        set(count, i32.sub(get(count), i32.const(1))),
      ),
    ),
    i32.const(0),
  );
  return { name: 'mix', parameters: [count], result: 'i32', locals: [...locals, from, to], body };
}

/** BlockMix: chunks of the result with even numbers stand in its first half, the others in its second. @param load a vector, by its place */
function mixBlock(mixing: Mixing, block: number, load: (at: number) => Code): Code {
  const { at, other, stop, next, later, spare, x, before } = mixing;
  const each = (make: (vector: Local, place: number, number: number) => Code): Code =>
    x.map((vector, number) => make(vector, number * vectorSize, number));
  return sequence(
    set(stop, i32.add(get(at), i32.const(block))),
    set(later, i32.add(get(next), i32.const(block / 2))),
    each((vector, place) => set(vector, load(block - chunkSize + place))),
    whileTrue(
      i32.lessUnsigned(get(at), get(stop)),
      sequence(
        each((vector, place) => set(vector, v128.xor(get(vector), load(place)))),
        each((vector, _, number) => set(before[number] as Local, get(vector))),
        Array.from({ length: 4 }, () => doubleRound(mixing)),
        each((vector, _, number) => set(vector, i32x4.add(get(vector), get(before[number] as Local)))),
        each((vector, place) => v128.store(get(next), place, get(vector))),
        set(spare, get(next)),
        set(next, get(later)),
        set(later, i32.add(get(spare), i32.const(chunkSize))),
        set(at, i32.add(get(at), i32.const(chunkSize))),
        set(other, i32.add(get(other), i32.const(chunkSize))),
      ),
    ),
  );
}

/** Salsa20's double round: columns, then rows, both of which are lanes of diagonals that are turned in between. */
function doubleRound(mixing: Mixing): Code {
  return sequence(
    step(mixing, [1, 0, 3], 7),
    step(mixing, [2, 1, 0], 9),
    step(mixing, [3, 2, 1], 13),
    step(mixing, [0, 3, 2], 18),
    turn(mixing, [0, 3, 2, 1]),
    step(mixing, [3, 0, 1], 7),
    step(mixing, [2, 3, 0], 9),
    step(mixing, [1, 2, 3], 13),
    step(mixing, [0, 1, 2], 18),
    turn(mixing, [0, 1, 2, 3]),
  );
}

/** Changes one vector by the rotated sum of two others. */
function step({ x, sum }: Mixing, vectors: readonly [number, number, number], bits: number): Code {
  const [changed, a, b] = vectors.map(number => x[number]) as [Local, Local, Local];
  const high = i32x4.shl(get(sum), i32.const(bits));
  const low = i32x4.shiftRight(get(sum), i32.const(32 - bits));
  return sequence(
    set(sum, i32x4.add(get(a), get(b))),
    set(changed, v128.xor(get(changed), v128.or(high, low))),
  );
}

/** Turns each vector by so many numbers. */
function turn({ x }: Mixing, by: readonly number[]): Code {
  return x.map((vector, number) => {
    const places = [0, 1, 2, 3].map(at => (at + (by[number] ?? 0)) % 4);
    return set(vector, i32x4.shuffle(get(vector), get(vector), places));
  });
}
