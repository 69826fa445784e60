import { PatternFault, type RuneReader } from './rune-reader.ts';
import { runeClass } from './runes.ts';

/** One rune of several: `[a-z]`, `[!a-z]`, `[[:digit:]_]`. */
export interface Sequence {
  readonly kind: 'sequence';
  readonly items: readonly ((rune: number) => boolean)[];
  readonly negated: boolean;
}

type Item = Sequence['items'][number];

const [bang, dash, colon, open, close, backslash] = [0x21, 0x2d, 0x3a, 0x5b, 0x5d, 0x5c];

/** Reads a sequence whose bracket has been read. @throws PatternFault */
export function readSequence(reader: RuneReader): Sequence {
  let rune = reader.read();
  const negated = rune === bang;
  if (negated) rune = reader.read();
  const items: Item[] = [];
  for (; rune !== close && rune !== 0; rune = reader.read()) items.push(readItem(reader, rune));
  if (rune !== close) throw new PatternFault('a sequence does not end');
  return { kind: 'sequence', items, negated };
}

function readItem(reader: RuneReader, first: number): Item {
  const start = first === backslash ? escapedIn(reader) : first;
  const after = reader.peek(1);
  if (reader.peek(0) === dash && after !== close && after !== 0) {
    reader.read();
    const end = reader.unescaped();
    return rune => rune >= start && rune <= end;
  }
  const named = start === open && reader.peek(0) === colon ? readClass(reader) : undefined;
  return named ?? (rune => rune === start);
}

function escapedIn(reader: RuneReader): number {
  const rune = reader.read();
  if (rune === 0) throw new PatternFault('nothing follows a backslash');
  return rune;
}

/** The class named here; `undefined`, and nothing read, where kopia takes it for plain runes. */
function readClass(reader: RuneReader): Item | undefined {
  const end = reader.indexOf(close);
  if (end === -1) throw new PatternFault('a sequence does not end');
  // kopia compares a distance with a position here: far into a pattern, it takes a short class for plain runes.
  if (end - 1 <= reader.position || reader.peek(end - 1) !== colon) return undefined;
  const name = reader.text(1, end - 1).toLowerCase();
  const matches = runeClass(name);
  if (matches === undefined) throw new PatternFault(`no such class: ${name}`);
  reader.skip(end + 1);
  return matches;
}
