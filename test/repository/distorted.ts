import {
  type Arbitrary,
  array,
  constantFrom,
  jsonValue,
  nat,
  oneof,
  record,
  string,
  uint8Array,
} from 'fast-check';

/** What no reader expects where something else belongs. */
const oddities: Arbitrary<unknown> = oneof(
  constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    1e308,
    2 ** 53,
    2 ** 32,
    '',
    '.',
    '..',
    '/',
    'a/b',
    '\\x00',
    '\\x2e\\x2e',
    '\\xff',
    '\\',
    '\u0000',
    '9999-99-99T99:99:99Z',
    '2026-01-02T03:04:05.999999999999Z',
    'f'.repeat(64),
    'x'.repeat(100_000),
  ),
  jsonValue(),
  string({ unit: 'binary' }),
);

/** A change of a JSON document at any of its places: another value, none, another place's value, twice. */
const changes = record({
  at: nat(),
  how: constantFrom('replace', 'remove', 'copy', 'repeat'),
  from: nat(),
  odd: oddities,
});
type Change = typeof changes extends Arbitrary<infer T> ? T : never;

/** Texts that begin as this JSON and were changed as a document, or as bytes. */
export function distorted(text: Uint8Array): Arbitrary<Buffer> {
  const documents = array(changes, { minLength: 1, maxLength: 4 }).map(list => {
    const document = JSON.parse(Buffer.from(text).toString()) as unknown;
    return Buffer.from(JSON.stringify(list.reduce(changed, document)) ?? '');
  });
  return oneof({ weight: 4, arbitrary: documents }, { weight: 1, arbitrary: spoiled(text) });
}

/** Bytes that were cut, overwritten, or have something in their midst. */
export function spoiled(bytes: Uint8Array): Arbitrary<Buffer> {
  const place = nat({ max: bytes.length });
  return record({ at: place, skip: nat({ max: 8 }), put: oneof(uint8Array({ maxLength: 40 }), nested) }).map(
    ({ at, skip, put }) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + skip)]),
  );
}

const nested = constantFrom('[', '{"a":', '"', '{"__proto__":').map(text => Buffer.from(text.repeat(20_000)));

interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function changed(document: unknown, { at, how, from, odd }: Change): unknown {
  const root = { '': document };
  const places = placesOf(root);
  const { holder, name } = places[at % places.length] as Place;
  const other = places[from % places.length] as Place;
  if (how === 'replace') holder[name] = odd;
  else if (how === 'remove') remove(holder, name);
  else if (how === 'copy') holder[name] = structuredClone(other.holder[other.name]);
  else repeat(holder, name);
  return root[''];
}

function remove(holder: Record<string, unknown>, name: string): void {
  if (Array.isArray(holder)) holder.splice(Number(name), 1);
  else delete holder[name];
}

function repeat(holder: Record<string, unknown>, name: string): void {
  if (Array.isArray(holder)) holder.push(structuredClone(holder[Number(name)]));
  else holder[`${name}${name}`] = structuredClone(holder[name]);
}

function placesOf(holder: Record<string, unknown>): Place[] {
  return Object.entries(holder).flatMap(([name, value]) => {
    const here = { holder, name };
    return typeof value === 'object' && value !== null
      ? [here, ...placesOf(value as Record<string, unknown>)]
      : [here];
  });
}
