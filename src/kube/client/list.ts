import { isHozonError } from '#foundation/errors.ts';
import type { ListOptions } from '../api.ts';
import { raise } from '../errors.ts';
import {
  apiVersionOf,
  formatKey,
  groupResource,
  type KubeObject,
  keyOf,
  type ResourceType,
} from '../objects.ts';
import { statusOf } from '../status.ts';
import { splitList } from './list-json.ts';
import { collectionPath } from './paths.ts';
import type { Transport } from './transport.ts';

const defaultPageSize = 500;

/** How heavy pages may become. Bytes. */
export interface PageLimits {
  /** A page that grows beyond this is asked for again in smaller pieces. */
  readonly most: number;
  /** After a page heavier than this fewer objects are asked for, so that two pages are never much memory. */
  readonly ample: number;
}

const defaultLimits: PageLimits = { most: 128 * 1024 * 1024, ample: 32 * 1024 * 1024 };

/** How often a list begins again before the server's 410 is passed on. */
const mostRestarts = 10;

export interface Page {
  /** Made as they are drawn. What is not an object with a name throws `kube.bad-response`. */
  readonly items: Iterable<KubeObject>;
  readonly resourceVersion: string;
  /** Where the next page begins; empty after the last. */
  readonly next: string;
  /** Of the answer. */
  readonly bytes: number;
}

/**
 * Every object of a type, page by page, while the next page is already on its way. When the server no longer has
 * the state that the list began with (410), the list goes on with the token that the server offers in its place,
 * or begins again and leaves out what it has yielded: an object is yielded once, but the later part of the list
 * is newer than its beginning.
 */
export async function* listObjects(
  transport: Transport,
  type: ResourceType,
  options: Omit<PageOptions, 'from'> = {},
): AsyncGenerator<KubeObject> {
  const once = new Once();
  for (let from: string | undefined = ''; from !== undefined; ) {
    try {
      for await (const page of pages(transport, type, { ...options, from })) yield* once.pass(page);
      return;
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.gone') || !once.resume()) throw thrown;
      from = statusOf(thrown)?.continueToken ?? '';
    }
  }
}

/** Lets every object through once, however often the list begins again. */
class Once {
  readonly #seen = new Set<string>();
  #restarts = 0;

  *pass(page: Page): Generator<KubeObject> {
    const isLast = page.next === '' && this.#restarts === 0;
    for (const item of page.items) {
      const name = isLast ? undefined : nameIn(item);
      if (name === undefined || !this.#seen.has(name)) yield item;
      if (name !== undefined) this.#seen.add(name);
    }
  }

  /** False when it has begun again often enough. */
  resume(): boolean {
    return ++this.#restarts <= mostRestarts;
  }
}

function nameIn(object: KubeObject): string {
  return formatKey(keyOf(object));
}

export interface PageOptions extends ListOptions {
  readonly limits?: PageLimits;
  /** A continue token; empty: from the beginning. */
  readonly from?: string;
}

/** The pages of a list from one consistent state. Rejects with `kube.gone` where the server has lost that state. */
export async function* pages(
  transport: Transport,
  type: ResourceType,
  options: PageOptions = {},
): AsyncGenerator<Page> {
  const sizer = new PageSizer(options.pageSize ?? defaultPageSize, options.limits ?? defaultLimits);
  const abandoned = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abandoned.signal]) : abandoned.signal;
  const fetch = (from: string): Promise<Page> =>
    fetchPage(transport, type, { ...options, from, signal }, sizer);
  let upcoming: Promise<Page> | undefined = fetch(options.from ?? '');
  try {
    while (upcoming !== undefined) {
      const page: Page = await upcoming;
      upcoming = page.next === '' ? undefined : fetch(page.next);
      upcoming?.catch(() => {}); // it is awaited in the next round; until then it must not count as unhandled
      yield page;
    }
  } finally {
    abandoned.abort();
  }
}

/** How many objects to ask for: fewer once pages turn out heavy. */
class PageSizer {
  readonly limits: PageLimits;
  size: number;

  constructor(size: number, limits: PageLimits) {
    this.size = size;
    this.limits = limits;
  }

  weighed(bytes: number): void {
    const { ample } = this.limits;
    if (bytes > ample) this.size = Math.max(1, Math.floor((this.size * ample) / bytes));
  }

  /** False where pages cannot be smaller. */
  halve(): boolean {
    if (this.size <= 1) return false;
    this.size = Math.floor(this.size / 2);
    return true;
  }
}

async function fetchPage(
  transport: Transport,
  type: ResourceType,
  options: PageOptions & { from: string },
  sizer: PageSizer,
): Promise<Page> {
  const request = {
    method: 'GET' as const,
    path: collectionPath(type, options.namespace),
    what: `LIST ${groupResource(type)}${options.namespace ? ` in ${options.namespace}` : ''}`,
    repeatable: true,
    maxBytes: sizer.limits.most,
    signal: options.signal,
  };
  const selectors = { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector };
  for (;;) {
    const query = { limit: sizer.size, continue: options.from, ...selectors };
    try {
      const { bytes } = await transport.bytes({ ...request, query });
      sizer.weighed(bytes.length);
      return readPage(transport, type, bytes);
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.response-too-large') || !sizer.halve()) throw thrown;
    }
  }
}

function readPage(transport: Transport, type: ResourceType, bytes: Buffer): Page {
  const { items, frame } = parsed(transport, type, () => splitList(bytes));
  const { metadata } = frame as { metadata?: { resourceVersion?: unknown; continue?: unknown } };
  const text = (field: unknown): string => (typeof field === 'string' ? field : '');
  return {
    items: { [Symbol.iterator]: () => readItems(transport, type, items) },
    resourceVersion: text(metadata?.resourceVersion),
    next: text(metadata?.continue),
    bytes: bytes.length,
  };
}

/** Items of a list say neither apiVersion nor kind: both are what the type says. */
function* readItems(
  transport: Transport,
  type: ResourceType,
  items: readonly Buffer[],
): Generator<KubeObject> {
  const apiVersion = apiVersionOf(type);
  for (const bytes of items) {
    const item = parsed(transport, type, () => {
      const value: unknown = JSON.parse(bytes.toString('utf8'));
      if (!hasName(value)) throw new TypeError('an item without a name');
      return value;
    });
    yield { apiVersion, kind: type.kind, ...item } as KubeObject;
  }
}

function parsed<T>(transport: Transport, type: ResourceType, parse: () => T): T {
  try {
    return parse();
  } catch (thrown) {
    const reason = 'not a list of objects';
    const what = `LIST ${groupResource(type)}`;
    throw raise['bad-response']({ server: transport.server, what, reason }, { cause: thrown });
  }
}

function hasName(item: unknown): item is Record<string, unknown> {
  const metadata = (item as { metadata?: { name?: unknown } } | null)?.metadata;
  return typeof metadata?.name === 'string';
}
