import { isUtf8 } from 'node:buffer';
import type { Entry } from '../../trees/entry.ts';

/**
 * What kopia's format cannot hold: extended attributes and, among them, ACLs; that several names are one file; devices, fifos
 * and sockets; names that are not UTF-8.
 */
export const findingKinds = ['name', 'device', 'fifo', 'socket', 'acl', 'attribute', 'hard-link'] as const;
export type FindingKind = (typeof findingKinds)[number];

/** What a snapshot has met that it does not hold as it is. */
export interface Finding {
  readonly kind: FindingKind;
  /** How many entries. */
  readonly count: number;
  /** The paths of the first of them; bytes that are not UTF-8 as U+FFFD. */
  readonly examples: readonly string[];
  /** Whether data is left out, or not to be had by its name: devices, names. The others lose only what is beside the data. */
  readonly leavesOut: boolean;
}

const mostExamples = 5;
const leavingOut: ReadonlySet<FindingKind> = new Set(['name', 'device']);
const beyondAscii = /[\x80-\xff]/;
const acls = /^system\.posix_acl_(?:access|default)$|^system\.(?:nfs4|rich)acl/;

type Seen = 'path' | 'type' | 'links' | 'attributes';

/** Counts what the format cannot hold. */
export class Findings {
  readonly #found = new Map<FindingKind, { count: number; readonly examples: string[] }>();

  /** In the order of {@link findingKinds}. */
  get list(): readonly Finding[] {
    return findingKinds.flatMap(kind => {
      const found = this.#found.get(kind);
      return found === undefined
        ? []
        : [{ kind, count: found.count, examples: [...found.examples], leavesOut: leavingOut.has(kind) }];
    });
  }

  add(kind: FindingKind, path: Buffer): void {
    const found = this.#found.get(kind) ?? { count: 0, examples: [] };
    this.#found.set(kind, found);
    found.count++;
    if (found.examples.length < mostExamples) found.examples.push(path.toString());
  }

  /** Whatever an entry has that is lost. @param name its bytes as Latin-1 */
  look({ path, type, links, attributes }: Pick<Entry, Seen>, name: string): void {
    if (beyondAscii.test(name) && !isUtf8(Buffer.from(name, 'latin1'))) this.add('name', path);
    if (type === 'file' && links > 1n) this.add('hard-link', path);
    if (type === 'dev' || type === 'chardev') this.add('device', path);
    if (type === 'fifo' || type === 'socket') this.add(type, path);
    if (attributes.length === 0) return;
    if (attributes.some(attribute => acls.test(attribute.name))) this.add('acl', path);
    if (!attributes.every(attribute => acls.test(attribute.name))) this.add('attribute', path);
  }
}
