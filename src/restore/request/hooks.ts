import { defaultHookTimeoutMs, readHookTimeout } from '#api/velero/hook-values.ts';
import type { RestoreExecHook, RestoreResourceHook } from '#api/velero/hooks.ts';
import type { Message } from '#foundation/language.ts';
import { type Fields, isFields, listAt, textAt } from '#kube/fields.ts';
import { matches } from '#kube/selectors.ts';
import { noLimit } from '../hooks/annotations.ts';
import type { HookRule, HookRules, WrittenHook } from '../hooks/hook.ts';
import { compileNames, nameProblems } from './names.ts';
import { problems } from './problems.ts';
import { readSelectors } from './selectors.ts';

/**
 * Compiles `spec.hooks.resources` of a Restore, which its schema has been checked for. Absent or empty lists mean all,
 * an exclusion wins, names may be patterns; namespaces are those that objects are restored into, as in Velero. Pure.
 */
export function readHooks(specs: readonly RestoreResourceHook[] | null | undefined): {
  readonly rules: HookRules;
  readonly problems: readonly Message[];
} {
  const found: Message[] = [];
  const rules = (specs ?? []).map((spec, index) => readRule(spec, `spec.hooks.resources[${index}]`, found));
  return { rules, problems: found };
}

function readRule(spec: RestoreResourceHook, field: string, found: Message[]): HookRule {
  const namespaces = { included: spec.includedNamespaces ?? [], excluded: spec.excludedNamespaces ?? [] };
  const named = spec.labelSelector ? [[`${field}.labelSelector`, spec.labelSelector] as const] : [];
  const { selectors, problems: bad } = readSelectors(named);
  const wrong = nameProblems(namespaces, 'Namespaces', field);
  found.push(...wrong, ...bad, ...typeProblems(spec, field));
  const inNamespace = wrong.length > 0 ? () => false : compileNames(namespaces);
  const postHooks = (spec.postHooks ?? []).map(
    (hook, index) => [hook, `${field}.postHooks[${index}]`] as const,
  );
  return {
    name: spec.name === '' ? field : spec.name,
    appliesTo: ({ metadata }) =>
      inNamespace(metadata.namespace ?? '') && selectors.every(each => matches(each, metadata.labels)),
    exec: postHooks.flatMap(([{ exec }, at]) => (exec ? [readExec(exec, `${at}.exec`, found)] : [])),
    init: postHooks.flatMap(([{ init }, at]) =>
      readContainers(init?.initContainers ?? [], `${at}.init.initContainers`, found),
    ),
  };
}

const pods = new Set(['*', 'pods', 'pod', 'po']);

/** Hooks are for pods and nothing else; an entry that leaves them out cannot be meant. */
function typeProblems(
  { includedResources, excludedResources }: RestoreResourceHook,
  field: string,
): Message[] {
  const isPods = (name: string): boolean => pods.has(name.toLowerCase());
  const included = (includedResources ?? []).length === 0 || (includedResources ?? []).some(isPods);
  return included && !(excludedResources ?? []).some(isPods) ? [] : [problems.hookForNothing(field)];
}

function readExec(
  { container, command, onError, execTimeout, waitTimeout, waitForReady }: RestoreExecHook,
  field: string,
  found: Message[],
): WrittenHook {
  const timeoutMs = readHookTimeout(execTimeout);
  const waitMs = readHookTimeout(waitTimeout, 0);
  if (timeoutMs === undefined) found.push(problems.timeout(`${field}.execTimeout`, execTimeout ?? ''));
  if (waitMs === undefined) found.push(problems.timeout(`${field}.waitTimeout`, waitTimeout ?? ''));
  return {
    container: container === '' ? undefined : container,
    command,
    onError,
    timeoutMs: timeoutMs ?? defaultHookTimeoutMs,
    waitMs: noLimit(waitMs),
    waitForReady: waitForReady === true,
  };
}

/** A container needs what Velero 1.18 asks of one (`hook.ValidateContainer`); the rest is the API server's to judge. */
function readContainers(containers: readonly unknown[], field: string, found: Message[]): Fields[] {
  return containers.filter(isFields).map((container, index) => {
    const isWhole =
      Boolean(textAt(container, 'name')) &&
      Boolean(textAt(container, 'image')) &&
      listAt(container, 'command').length > 0;
    if (!isWhole) found.push(problems.initContainer(`${field}[${index}]`));
    return container;
  });
}
