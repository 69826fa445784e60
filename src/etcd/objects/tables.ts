import type { ResourceType } from '#kube/objects.ts';
import { kubernetesTables } from './kubernetes-tables.ts';

/** What a field holds: a scalar, or a message by its number. */
export type FieldValue = 's' | 'b' | 'i' | 'u' | 'd' | 'y' | number;

export interface Field {
  readonly number: number;
  /** Empty where what it holds are fields of the parent. */
  readonly name: string;
  readonly value: FieldValue;
  readonly isList: boolean;
  /** By strings. */
  readonly isMap: boolean;
  /** Left out of JSON where it is empty, as Go's `omitempty` has it: which leaves structures in. */
  readonly omitEmpty: boolean;
  /** Go's `omitzero`. */
  readonly omitZero: boolean;
  readonly isPointer: boolean;
}

/** Messages that JSON shows in another form than their fields. */
export type SpecialForm =
  | 'time'
  | 'microtime'
  | 'duration'
  | 'raw'
  | 'quantity'
  | 'int-or-string'
  | 'either'
  | 'allows'
  | 'items';

export interface MessageTable {
  readonly special?: SpecialForm | undefined;
  readonly fields: readonly Field[];
  /** The same by their numbers. */
  readonly byNumber: ReadonlyMap<number, Field>;
}

type RawField = readonly [number: number, name: string, value: FieldValue, flags: string];

interface RawTables {
  readonly special: Readonly<Record<string, SpecialForm>>;
  readonly types: readonly (readonly RawField[])[];
  /** `apps/v1/Deployment` → the number of its message. */
  readonly kinds: Readonly<Record<string, number>>;
}

let parsed: RawTables | undefined;
const messages = new Map<number, MessageTable>();

/** Of a kind: the number of its message; `undefined` where no table has it. */
export function messageOfKind(apiVersion: string, kind: string): number | undefined {
  return tables().kinds[`${apiVersion}/${kind}`];
}

/** The kinds that there are tables for, in each of their versions. */
export function* knownKinds(): Generator<Pick<ResourceType, 'group' | 'version' | 'kind'>> {
  for (const name of Object.keys(tables().kinds)) {
    const parts = name.split('/');
    const [kind = '', version = '', group = ''] = parts.reverse();
    yield { group, version, kind };
  }
}

/** Of a message, by its number. */
export function messageTable(number: number): MessageTable {
  const known = messages.get(number);
  if (known !== undefined) return known;
  const { types, special } = tables();
  const fields = (types[number] ?? []).map(readField);
  const byNumber = new Map(fields.map(field => [field.number, field]));
  const table = { special: special[number], fields, byNumber };
  messages.set(number, table);
  return table;
}

const parts = new Map<number, MessageTable>();

/** Of a message only the fields of these names, which must be the same for each message. */
export function partOfMessage(number: number, names: ReadonlySet<string>): MessageTable {
  const known = parts.get(number);
  if (known !== undefined) return known;
  const fields = messageTable(number).fields.filter(({ name }) => names.has(name));
  const part = { fields, byNumber: new Map(fields.map(field => [field.number, field])) };
  parts.set(number, part);
  return part;
}

function tables(): RawTables {
  parsed ??= JSON.parse(kubernetesTables) as RawTables;
  return parsed;
}

function readField([number, name, value, flags]: RawField): Field {
  return {
    number,
    name,
    value,
    isList: flags.includes('r'),
    isMap: flags.includes('m'),
    omitEmpty: flags.includes('o'),
    omitZero: flags.includes('z'),
    isPointer: flags.includes('p'),
  };
}
