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
 * ROMix of scrypt (RFC 7914, sections 3 to 5), of one block or of two beside each other. To mix one is a chain of sums of which each waits
 * for the last, so that a second chain fits into the gaps. Words of a block are in the order of {@link toVectors}, so that a vector holds
 * a diagonal of Salsa20's square.
 */
export interface ScryptKernel {
  /** The kernel's memory, all of it. */
  readonly memory: Uint8Array<ArrayBuffer>;
  /** The blocks that are to be mixed, one for each lane. */
  readonly inputs: readonly Uint32Array<ArrayBuffer>[];
  /** What came of them, when all was filled, and mixed `n` times. */
  readonly outputs: readonly Uint32Array<ArrayBuffer>[];
  /** Makes so many blocks of each table, from one number on; all are `n`. */
  readonly fill: (from: number, count: number) => void;
  /** Mixes so often with blocks of the tables: an even number of times. */
  readonly mix: (count: number) => void;
}

export interface ScryptSizes {
  /** A power of two. */
  readonly n: number;
  readonly r: number;
  /** How many blocks are mixed beside each other. */
  readonly lanes: 1 | 2;
}

const [pageSize, chunkSize, vectorSize, wordSize] = [65536, 64, 16, 4];

/** `undefined` where the engine has no vectors, or not the memory: `128 * r * (n + 2)` bytes for each lane. */
export function makeScryptKernel(sizes: ScryptSizes): ScryptKernel | undefined {
  const places = placesOf(sizes);
  const { block, first, bases, end } = places;
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
    inputs: bases.map(base => blockAt(base)),
    outputs: bases.map(base => blockAt(base + first)),
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

/** Bytes and addresses; what lies in each lane at the same place has its address in the first one, which begins at 0. */
interface Places {
  /** Where each lane begins. */
  readonly bases: readonly number[];
  readonly block: number;
  /** Two blocks behind the table, each made of the other; what the last block of the table is mixed to is the first of them. */
  readonly first: number;
  readonly second: number;
  readonly end: number;
  /** The bits of a word that say which block of the table is meant. */
  readonly mask: number;
}

function placesOf({ n, r, lanes }: ScryptSizes): Places {
  const block = 128 * r;
  const size = block * (n + 2);
  const bases = Array.from({ length: lanes }, (_, lane) => lane * size);
  return { bases, block, first: block * n, second: block * (n + 1), end: lanes * size, mask: n - 1 };
}

/** Addresses are those in the first lane. */
interface Mixing {
  /** The block that is mixed. */
  readonly at: Local;
  readonly stop: Local;
  /** Where the next chunk of the result goes, and the one after it. */
  readonly next: Local;
  readonly later: Local;
  readonly spare: Local;
  /** Double rounds that are still to be made. */
  readonly rounds: Local;
  readonly lanes: readonly Lane[];
}

interface Lane {
  readonly base: number;
  /** The block of the table that comes in. */
  readonly other: Local;
  /** A chunk; as it was before Salsa20; a sum. */
  readonly x: readonly Local[];
  readonly before: readonly Local[];
  readonly sum: Local;
}

/** The locals that mixing needs, and all of them in their order. */
function mixingOf(
  local: (type: ValueType) => Local,
  { bases }: Places,
): { readonly mixing: Mixing; readonly locals: Local[] } {
  const locals: Local[] = [];
  const taken = (type: ValueType): Local => {
    const made = local(type);
    locals.push(made);
    return made;
  };
  const [at, stop, next] = [taken('i32'), taken('i32'), taken('i32')];
  const [later, spare, rounds] = [taken('i32'), taken('i32'), taken('i32')];
  const four = (): Local[] => Array.from({ length: 4 }, () => taken('v128'));
  const lanes = bases.map(base => ({
    base,
    other: taken('i32'),
    x: four(),
    before: four(),
    sum: taken('v128'),
  }));
  return { mixing: { at, stop, next, later, spare, rounds, lanes }, locals };
}

/** Makes each block of the tables out of the one before it. */
function fillFunction(places: Places): FunctionDefinition {
  const { block } = places;
  const local = localsOf();
  const [from, end] = [local('i32'), local('i32')];
  const { mixing, locals } = mixingOf(local, places);
  const body = whileTrue(
    i32.lessUnsigned(get(from), get(end)),
    sequence(
      set(mixing.at, get(from)),
      set(from, i32.add(get(from), i32.const(block))),
      set(mixing.next, get(from)),
      mixBlock(mixing, block, ({ base }, at) => v128.load(get(mixing.at), base + at)),
    ),
  );
  return { name: 'fill', parameters: [from, end], result: 'i32', locals, body: [body, i32.const(0)] };
}

/** How many chunks of a block are asked for ahead: no processor has more under way. */
const mostAhead = 64;

/** Makes a block out of the last one and one of the table, so often. */
function mixFunction(places: Places): FunctionDefinition {
  const { block, first, second, mask } = places;
  const local = localsOf();
  const count = local('i32');
  const { mixing, locals } = mixingOf(local, places);
  const [from, to, seen] = [local('i32'), local('i32'), local('i32')];
  const { lanes } = mixing;
  const choose = ({ base, other }: Lane): Code => {
    const number = i32.and(i32.load(get(from), base + block - chunkSize), i32.const(mask));
    return set(other, i32.mul(number, i32.const(block)));
  };
  // Memory takes longer than a chunk: each is touched before the first is mixed. What was read is returned, or it would not be.
  const ahead = Array.from({ length: Math.min(block / chunkSize, mostAhead) }, (_, at) => at * chunkSize);
  const touch = ({ base, other }: Lane): Code =>
    ahead.map(at => set(seen, i32.xor(get(seen), i32.load(get(other), base + at))));
  const body = sequence(
    set(from, i32.const(first)),
    set(to, i32.const(second)),
    whileTrue(
      get(count),
      sequence(
        lanes.map(choose),
        lanes.map(touch),
        set(mixing.at, get(from)),
        set(mixing.next, get(to)),
        mixBlock(mixing, block, ({ base, other }, at) =>
          v128.xor(v128.load(get(mixing.at), base + at), v128.load(get(other), base + at)),
        ),
        set(mixing.spare, get(from)),
        set(from, get(to)),
        set(to, get(mixing.spare)),
        set(count, i32.sub(get(count), i32.const(1))),
      ),
    ),
    get(seen),
  );
  return { name: 'mix', parameters: [count], result: 'i32', locals: [...locals, from, to, seen], body };
}

/** BlockMix: chunks of the result with even numbers stand in its first half, the others in its second. @param load a vector, by its place */
function mixBlock(mixing: Mixing, block: number, load: (lane: Lane, place: number) => Code): Code {
  const { at, stop, next, later, spare, rounds, lanes } = mixing;
  const each = (make: (lane: Lane, vector: Local, number: number) => Code): Code =>
    lanes.map(lane => lane.x.map((vector, number) => make(lane, vector, number)));
  const before = ({ before }: Lane, number: number): Local => before[number] as Local;
  const loaded = (lane: Lane, number: number, place = 0): Code => load(lane, place + number * vectorSize);
  return sequence(
    set(stop, i32.add(get(at), i32.const(block))),
    set(later, i32.add(get(next), i32.const(block / 2))),
    each((lane, vector, number) => set(vector, loaded(lane, number, block - chunkSize))),
    whileTrue(
      i32.lessUnsigned(get(at), get(stop)),
      sequence(
        each((lane, vector, number) => set(vector, v128.xor(get(vector), loaded(lane, number)))),
        each((lane, vector, number) => set(before(lane, number), get(vector))),
        set(rounds, i32.const(doubleRounds)),
        whileTrue(get(rounds), sequence(doubleRound(lanes), set(rounds, i32.sub(get(rounds), i32.const(1))))),
        each((lane, vector, number) => set(vector, i32x4.add(get(vector), get(before(lane, number))))),
        each(({ base }, vector, number) => v128.store(get(next), base + number * vectorSize, get(vector))),
        set(spare, get(next)),
        set(next, get(later)),
        set(later, i32.add(get(spare), i32.const(chunkSize))),
        set(at, i32.add(get(at), i32.const(chunkSize))),
        lanes.map(({ other }) => set(other, i32.add(get(other), i32.const(chunkSize)))),
      ),
    ),
  );
}

const doubleRounds = 4;

/** Salsa20's double round: columns, then rows, both of which are lines of diagonals that are turned in between. */
function doubleRound(lanes: readonly Lane[]): Code {
  const each = (make: (lane: Lane) => Code): Code => lanes.map(make);
  return sequence(
    each(lane => step(lane, [1, 0, 3], 7)),
    each(lane => step(lane, [2, 1, 0], 9)),
    each(lane => step(lane, [3, 2, 1], 13)),
    each(lane => step(lane, [0, 3, 2], 18)),
    each(lane => turn(lane, [0, 3, 2, 1])),
    each(lane => step(lane, [3, 0, 1], 7)),
    each(lane => step(lane, [2, 3, 0], 9)),
    each(lane => step(lane, [1, 2, 3], 13)),
    each(lane => step(lane, [0, 1, 2], 18)),
    each(lane => turn(lane, [0, 1, 2, 3])),
  );
}

/** Changes one vector by the rotated sum of two others. */
function step({ x, sum }: Lane, vectors: readonly [number, number, number], bits: number): Code {
  const [changed, a, b] = vectors.map(number => x[number]) as [Local, Local, Local];
  const high = i32x4.shl(get(sum), i32.const(bits));
  const low = i32x4.shiftRight(get(sum), i32.const(32 - bits));
  return sequence(
    set(sum, i32x4.add(get(a), get(b))),
    set(changed, v128.xor(get(changed), v128.or(high, low))),
  );
}

/** Turns each vector by so many numbers. */
function turn({ x }: Lane, by: readonly number[]): Code {
  return x.map((vector, number) => {
    const places = [0, 1, 2, 3].map(at => (at + (by[number] ?? 0)) % 4);
    return set(vector, i32x4.shuffle(get(vector), get(vector), places));
  });
}
