import type { Message } from '#foundation/language.ts';
import { isFields } from '#kube/fields.ts';
import * as problem from './problems.ts';

/** A part of the document, and where it stands: `volumePolicies[0].conditions`. */
export interface Part {
  readonly place: string;
  readonly value: unknown;
}

/** The field of a map; its value is `undefined` where the map does not have it. */
export type Field = (name: string) => Part;

/**
 * Reads the parts of a policy document. What is not as it must be becomes a problem that names its place, and then
 * reads as absent, so that one reading finds all of them. Null is absent, as it is to Velero.
 */
export class PolicyReader {
  readonly problems: Message[] = [];
  readonly #source: string;

  /** `source`: the ConfigMap, as `ns/name`. */
  constructor(source: string) {
    this.#source = source;
  }

  /** The place as a field of the Backup, which is what problems name. */
  readonly field = (place: string): string =>
    `resourcePolicy: ConfigMap ${this.#source}${place === '' ? '' : `: ${place}`}`;

  complain(place: string, about: (field: string) => Message): void {
    this.problems.push(about(this.field(place)));
  }

  /** A map that has no other fields than the known ones. */
  map({ place, value }: Part, known: readonly string[]): Field | undefined {
    if (isAbsent(value)) return undefined;
    if (!isFields(value)) {
      this.complain(place, problem.notMap);
      return undefined;
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) this.complain(place, problem.unknownField(name));
    }
    const prefix = place === '' ? '' : `${place}.`;
    return name => ({
      place: `${prefix}${name}`,
      value: Object.hasOwn(value, name) ? value[name] : undefined,
    });
  }

  list({ place, value }: Part): Part[] {
    if (isAbsent(value)) return [];
    if (Array.isArray(value)) {
      return value.map((entry: unknown, index) => ({ place: `${place}[${index}]`, value: entry }));
    }
    this.complain(place, problem.notList);
    return [];
  }

  /** Whether it is absent or a list without entries. */
  isEmpty({ value }: Part): boolean {
    return isAbsent(value) || (Array.isArray(value) && value.length === 0);
  }

  /** A list of maps; an empty entry would be one that says nothing, and is a problem. */
  maps(part: Part, known: readonly string[]): { readonly place: string; readonly field: Field }[] {
    return this.list(part).flatMap(entry => {
      if (isAbsent(entry.value)) this.complain(entry.place, problem.notMap);
      const field = this.map(entry, known);
      return field === undefined ? [] : [{ place: entry.place, field }];
    });
  }

  text({ place, value }: Part): string | undefined {
    if (typeof value === 'string') return value;
    if (!isAbsent(value)) this.complain(place, problem.notText);
    return undefined;
  }

  texts(part: Part): string[] {
    return this.list(part).flatMap(entry => {
      if (typeof entry.value === 'string') return [entry.value];
      this.complain(entry.place, problem.notText);
      return [];
    });
  }

  /** A map of texts, such as labels; empty where it is absent. */
  textMap({ place, value }: Part): ReadonlyMap<string, string> {
    if (isAbsent(value)) return new Map();
    if (!isFields(value)) {
      this.complain(place, problem.notMap);
      return new Map();
    }
    const entries = Object.entries(value).map(([key, entry]) => {
      if (typeof entry !== 'string') this.complain(`${place}.${key}`, problem.notText);
      return [key, typeof entry === 'string' ? entry : ''] as const;
    });
    return new Map(entries);
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
