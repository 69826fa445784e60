/** What is done to a request that a rule fires on. Bytes are of the body as it travels. */
export type Fault =
  /** Answered here; the server never hears of it. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      /** A Kubernetes Status of this reason, as the API server words its errors. */
      readonly reason?: string;
      readonly body?: string;
    }
  /** The connection ends: at once; after this much of the request; with the request done but no answer; after this much of the answer. */
  | { readonly kind: 'cut'; readonly at: 'request' | 'answer' }
  | { readonly kind: 'cut'; readonly requestBytes: number }
  | { readonly kind: 'cut'; readonly answerBytes: number }
  /** Nothing comes, at first or after this much of the answer, until it is released; then the rest does. */
  | { readonly kind: 'stall'; readonly answerBytes?: number }
  /** The answer ends early as if that were all of it. */
  | { readonly kind: 'truncate'; readonly answerBytes: number };

/** 429, as API priority and fairness answers. */
export function tooManyRequests(retryAfterSeconds: number): Fault {
  return { kind: 'status', status: 429, reason: 'TooManyRequests', retryAfterSeconds };
}

/** 410, as the API server answers when the token of a list's next page, or a watch's resourceVersion, is too old. */
export const expired: Fault = { kind: 'status', status: 410, reason: 'Expired' };

/** Which requests a fault meets. All that is given must fit. */
export interface FaultRule {
  /** For the counts, and to release what it stalls. */
  readonly name: string;
  readonly method?: string;
  /** Part of, or pattern for, the path with its query. */
  readonly path?: string | RegExp;
  /** Begins with this one of the requests that fit, from 1; 1 unless told. */
  readonly nth?: number;
  /** For so many of them; 1 unless told, all where there is a chance. */
  readonly times?: number;
  /** Fires on each of them with this probability only, drawn from the proxy's seed. */
  readonly chance?: number;
  readonly fault: Fault;
}

/** What a rule has seen. */
export interface RuleCount {
  /** Requests that fitted. */
  readonly matched: number;
  /** Those that the fault met. */
  readonly fired: number;
}

/** The rules of a proxy and what they have seen: decides for each request, in order, which one fires. */
export class RuleBook {
  readonly #rules: readonly FaultRule[];
  readonly #random: () => number;
  readonly #counts = new Map<string, { matched: number; fired: number }>();

  constructor(rules: readonly FaultRule[], seed = 1) {
    this.#rules = rules;
    this.#random = seededRandom(seed);
    for (const { name } of rules) this.#counts.set(name, { matched: 0, fired: 0 });
    if (this.#counts.size !== rules.length) throw new Error('the names of fault rules must differ');
  }

  /** The first rule that fires. Every rule that fits counts the request, whichever fires. */
  decide(method: string, path: string): FaultRule | undefined {
    const firing = this.#rules.filter(rule => fits(rule, method, path)).filter(rule => this.#isDue(rule));
    const [first] = firing;
    if (first !== undefined) this.#countOf(first.name).fired++;
    return first;
  }

  /** @throws where there is no such rule */
  count(name: string): RuleCount {
    return { ...this.#countOf(name) };
  }

  /** Times in all that a fault met a request. */
  get fired(): number {
    return [...this.#counts.values()].reduce((sum, { fired }) => sum + fired, 0);
  }

  #isDue({
    name,
    nth = 1,
    chance,
    times = chance === undefined ? 1 : Number.POSITIVE_INFINITY,
  }: FaultRule): boolean {
    const count = this.#countOf(name);
    count.matched++;
    if (count.matched < nth || count.matched >= nth + times) return false;
    return chance === undefined || this.#random() < chance;
  }

  #countOf(name: string): { matched: number; fired: number } {
    const count = this.#counts.get(name);
    if (count === undefined) throw new Error(`no fault rule is called ${name}`);
    return count;
  }
}

function fits(rule: FaultRule, method: string, path: string): boolean {
  if (rule.method !== undefined && rule.method !== method) return false;
  if (rule.path === undefined) return true;
  return typeof rule.path === 'string' ? path.includes(rule.path) : rule.path.test(path);
}

/** The same numbers in [0, 1) for the same seed: a 32-bit linear congruential generator, its high bits. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
