import { isObject, type Json, type JsonObject } from '../../format/go-json.ts';
import { type Policy, type PolicyTarget, readPolicy } from '../format/policy.ts';
import { defaultPolicyDocument } from './default-policy.ts';
import { valueAt, withValue } from './documents.ts';
import { type Inheritance, inheritedMembers, isFilled } from './members.ts';

/** A policy that is defined for a target. */
export interface DefinedPolicy {
  /** Of its manifest. */
  readonly id: string;
  readonly target: PolicyTarget;
  readonly policy: Policy;
}

/** What holds for a target. */
export interface EffectivePolicy {
  readonly policy: Policy;
  /** Where each member comes from, by its path with points between (`retention.keepLatest`); what is missing is kopia's default. */
  readonly origins: ReadonlyMap<string, PolicyTarget>;
}

/**
 * One policy of several, the narrowest first, and kopia's defaults, as kopia merges them. One that says that it has no parent ends
 * it: not even defaults count then.
 */
export function mergePolicies(policies: readonly Omit<DefinedPolicy, 'id'>[]): EffectivePolicy {
  const last = policies.findIndex(({ policy }) => policy.noParent);
  const counted = last === -1 ? policies : policies.slice(0, last + 1);
  const layers: Layer[] = counted.map(({ target, policy }) => ({ target, document: policy.document }));
  if (last === -1) layers.push({ target: undefined, document: defaultPolicyDocument });
  const origins = new Map<string, PolicyTarget>();
  let document: JsonObject = {};
  for (const { path, inheritance } of inheritedMembers) {
    const { value, origin } = inherit(layers, path, inheritance);
    if (value !== undefined) document = withValue(document, path, value);
    if (origin !== undefined) origins.set(path.join('.'), origin);
  }
  return { policy: readPolicy(withFolderActions(document, last === -1 ? layers[0] : undefined)), origins };
}

interface Layer {
  /** `undefined` of kopia's defaults. */
  readonly target: PolicyTarget | undefined;
  readonly document: JsonObject;
}

interface Inherited {
  readonly value: Json | undefined;
  readonly origin?: PolicyTarget | undefined;
}

function inherit(layers: readonly Layer[], path: readonly string[], inheritance: Inheritance): Inherited {
  if (inheritance.kind === 'union') return unite(layers, path, inheritance);
  const said = (value: Json | undefined): boolean =>
    inheritance.kind === 'set' ? value !== undefined : isFilled(value);
  for (const { document, target } of layers) {
    const value = valueAt(document, path);
    if (said(value)) return { value, origin: target };
  }
  return { value: undefined };
}

function unite(
  layers: readonly Layer[],
  path: readonly string[],
  { noParent, order }: Extract<Inheritance, { kind: 'union' }>,
): Inherited {
  const values = new Map<string, Json>();
  let origin: PolicyTarget | undefined;
  for (const { document, target } of layers) {
    const list = valueAt(document, path);
    if (Array.isArray(list) && list.length > 0) {
      for (const value of list as readonly Json[]) values.set(orderKey(value, order), value);
      origin = target;
    }
    if (valueAt(document, noParent) === true) break;
  }
  const sorted = [...values].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return { value: sorted.length === 0 ? undefined : sorted.map(([, value]) => value), origin };
}

function orderKey(value: Json, order: 'text' | 'time-of-day'): string {
  if (typeof value === 'string') return value;
  if (order === 'text' || !isObject(value)) return JSON.stringify(value);
  return [value['hour'], value['min']].map(part => JSON.stringify(part ?? 0).padStart(2, '0')).join(':');
}

/** Commands before and after a directory are those of its own policy. */
function withFolderActions(document: JsonObject, own: Layer | undefined): JsonObject {
  let result = document;
  for (const name of ['beforeFolder', 'afterFolder']) {
    const action = own && valueAt(own.document, ['actions', name]);
    if (action !== undefined) result = withValue(result, ['actions', name], action);
  }
  return result;
}
