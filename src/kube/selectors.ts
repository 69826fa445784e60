import { raise } from './errors.ts';

/**
 * Label selectors: kubectl's text form, the API's `LabelSelector` JSON, and one model between them.
 * Source: `k8s.io/apimachinery/pkg/labels/selector.go` (grammar, and what an absent label matches).
 */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** At least one for In, NotIn; exactly one, an integer, for Gt, Lt; none for Exists, DoesNotExist. */
  readonly values: readonly string[];
}

export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

/** All requirements must hold; none at all matches everything. */
export type Selector = readonly Requirement[];

/** `LabelSelector` of `meta/v1`; null where Go's JSON writes an empty field. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | null | undefined;
  readonly matchExpressions?:
    | readonly {
        readonly key: string;
        readonly operator: string;
        readonly values?: readonly string[] | null;
      }[]
    | null
    | undefined;
}

export type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels meet every requirement. NotIn and `!=` are met by an absent label, as in Kubernetes. */
export function matches(selector: Selector, labels: Labels): boolean {
  return selector.every(requirement => meets(requirement, own(labels, requirement.key)));
}

function own(labels: Labels, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function meets({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt':
      return compares(operator, value, values[0]);
  }
}

function compares(operator: 'Gt' | 'Lt', value: string | undefined, bound: string | undefined): boolean {
  if (value === undefined || bound === undefined || !isInteger(value)) return false;
  return operator === 'Gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}

function isInteger(text: string): boolean {
  return /^-?\d{1,19}$/.test(text);
}

/** The text that kubectl and the API's `labelSelector` parameter understand. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'Gt':
      return `${key}>${values[0]}`;
    case 'Lt':
      return `${key}<${values[0]}`;
  }
}

/** Reads a `LabelSelector`; throws `kube.selector-invalid`. */
export function fromLabelSelector(json: LabelSelector): Selector {
  const shown = JSON.stringify(json);
  const byLabels = Object.entries(json.matchLabels ?? {}).map(([key, value]) =>
    checked({ key, operator: 'In', values: [value] }, shown),
  );
  const byExpressions = (json.matchExpressions ?? []).map(({ key, operator, values }) =>
    checked({ key, operator: operatorOf(operator, shown), values: values ?? [] }, shown),
  );
  return [...byLabels, ...byExpressions];
}

/** The `LabelSelector` of a selector; throws `kube.selector-invalid` where it compares numbers, which that form cannot say. */
export function toLabelSelector(selector: Selector): LabelSelector {
  const comparing = selector.find(({ operator }) => operator === 'Gt' || operator === 'Lt');
  if (comparing !== undefined) {
    throw invalid(formatSelector(selector), 'a LabelSelector cannot compare numbers');
  }
  const isEquality = (r: Requirement): boolean => r.operator === 'In' && r.values.length === 1;
  const first = new Map<string, string>();
  const rest: Requirement[] = [];
  for (const requirement of selector) {
    if (isEquality(requirement) && !first.has(requirement.key)) {
      first.set(requirement.key, requirement.values[0] as string);
    } else {
      rest.push(requirement);
    }
  }
  return {
    ...(first.size === 0 ? {} : { matchLabels: Object.fromEntries(first) }),
    ...(rest.length === 0 ? {} : { matchExpressions: rest.map(toExpression) }),
  };
}

function toExpression({ key, operator, values }: Requirement): {
  key: string;
  operator: string;
  values?: readonly string[];
} {
  return values.length === 0 ? { key, operator } : { key, operator, values };
}

function operatorOf(text: string, shown: string): Operator {
  if (text === 'In' || text === 'NotIn' || text === 'Exists' || text === 'DoesNotExist') return text;
  throw invalid(shown, `unknown operator ${text}`);
}

const label = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const prefix = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** The requirement, if the API server would take it; throws `kube.selector-invalid`, naming `shown`, otherwise. */
export function checked(requirement: Requirement, shown: string): Requirement {
  const { key, operator, values } = requirement;
  const slash = key.indexOf('/');
  const name = slash < 0 ? key : key.slice(slash + 1);
  const domain = slash < 0 ? undefined : key.slice(0, slash);
  if (!label.test(name) || (domain !== undefined && (domain.length > 253 || !prefix.test(domain)))) {
    throw invalid(shown, `${JSON.stringify(key)} is not a label key`);
  }
  const bad = values.find(value => typeof value !== 'string' || (value !== '' && !label.test(value)));
  if (bad !== undefined) throw invalid(shown, `${JSON.stringify(bad)} is not a label value`);
  const reason = countProblem(operator, values);
  if (reason !== undefined) throw invalid(shown, reason);
  return requirement;
}

function countProblem(operator: Operator, values: readonly string[]): string | undefined {
  if (operator === 'In' || operator === 'NotIn')
    return values.length === 0 ? `${operator} needs values` : undefined;
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    return values.length > 0 ? `${operator} takes no values` : undefined;
  }
  return values.length === 1 && isInteger(values[0] as string) ? undefined : `${operator} needs one integer`;
}

export function invalid(selector: string, reason: string): Error {
  return raise['selector-invalid']({ selector: selector.slice(0, 256), reason });
}
