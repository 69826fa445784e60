import { defaultHookTimeoutMs, readHookTimeout } from '#api/velero/hook-values.ts';
import type { ExecHook, BackupResourceHook as HookSpec } from '#api/velero/hooks.ts';
import type { LabelSelector } from '#api/velero/meta.ts';
import { HozonError } from '#foundation/errors.ts';
import { compileGlob, globProblem } from '#foundation/glob.ts';
import type { Message } from '#foundation/language.ts';
import type { Discovery } from '#kube/discovery.ts';
import { groupResource, type KubeObject } from '#kube/objects.ts';
import { fromLabelSelector, matches, type Selector } from '#kube/selectors.ts';
import type { HookPhase, WrittenHook } from './hook.ts';
import { hookTexts } from './messages.ts';

/** One entry of `spec.hooks.resources`: which pods, and their hooks in the order written. */
export interface HookRule extends Readonly<Record<HookPhase, readonly WrittenHook[]>> {
  readonly name: string;
  readonly appliesTo: (pod: KubeObject) => boolean;
}

/** In the order of the spec, which is the order in which those that apply to a pod run. */
export type HookRules = readonly HookRule[];

export interface CompiledHooks {
  readonly rules: HookRules;
  /** What makes the Backup invalid; there are no rules then. */
  readonly problems: readonly Message[];
  /** What is allowed and yet surely not meant: an entry that leaves out pods, the only type that has hooks. */
  readonly warnings: readonly Message[];
}

/**
 * Compiles `spec.hooks.resources` of a Backup, which its schema has been checked for. An absent or empty list of
 * namespaces or resources means all; an exclusion wins; names may be patterns. Pure; throws for nothing in the spec.
 * Source: Velero 1.18, `pkg/backup/backup.go`, `pkg/util/collections/includes_excludes.go`.
 */
export function compileHooks(
  specs: readonly HookSpec[] | null | undefined,
  discovery: Discovery,
): CompiledHooks {
  const compiler = new Compiler(discovery);
  const rules = (specs ?? []).map((spec, index) => compiler.rule(spec, `spec.hooks.resources[${index}]`));
  const { problems, warnings } = compiler;
  return { rules: problems.length === 0 ? rules : [], problems, warnings };
}

class Compiler {
  readonly problems: Message[] = [];
  readonly warnings: Message[] = [];
  readonly #discovery: Discovery;

  constructor(discovery: Discovery) {
    this.#discovery = discovery;
  }

  rule(spec: HookSpec, field: string): HookRule {
    const inNamespace = this.#names(spec.includedNamespaces, spec.excludedNamespaces, `${field}.%Namespaces`);
    const ofType = this.#names(
      this.#resources(spec.includedResources),
      this.#resources(spec.excludedResources),
      `${field}.%Resources`,
    );
    const selector = this.#selector(spec.labelSelector, `${field}.labelSelector`);
    const toPods = ofType('pods');
    if (!toPods) this.warnings.push(hookTexts.neverApplies({ field }));
    return {
      name: spec.name === '' ? field : spec.name,
      pre: this.#hooks(spec.pre, `${field}.pre`),
      post: this.#hooks(spec.post, `${field}.post`),
      appliesTo: ({ metadata }) =>
        toPods && inNamespace(metadata.namespace ?? '') && matches(selector, metadata.labels),
    };
  }

  #hooks(specs: HookSpec['pre'], field: string): WrittenHook[] {
    return (specs ?? []).map(({ exec }, index) => this.#hook(exec, `${field}[${index}].exec`));
  }

  #hook({ container, command, onError = 'Fail', timeout }: ExecHook, field: string): WrittenHook {
    const timeoutMs = readHookTimeout(timeout);
    if (timeoutMs === undefined) {
      this.problems.push(hookTexts.specTimeout({ field: `${field}.timeout`, value: timeout ?? '' }));
    }
    return {
      container: container === '' ? undefined : container,
      command,
      onError,
      timeoutMs: timeoutMs ?? defaultHookTimeoutMs,
    };
  }

  /** Full names of the types that are meant; one that the server does not have stands for itself. */
  #resources(names: readonly string[] | null | undefined): string[] {
    return (names ?? []).map(name => {
      const type = this.#discovery.resolve(name);
      return type === undefined ? name : groupResource(type);
    });
  }

  /** `field` has a `%` where `included` or `excluded` belongs. */
  #names(
    included: readonly string[] | null | undefined,
    excluded: readonly string[] | null | undefined,
    field: string,
  ): (name: string) => boolean {
    const isIncluded = this.#patterns(included, field.replace('%', 'included'));
    const isExcluded = this.#patterns(excluded, field.replace('%', 'excluded'));
    const all = (included ?? []).length === 0;
    return name => !isExcluded(name) && (all || isIncluded(name));
  }

  #patterns(patterns: readonly string[] | null | undefined, field: string): (name: string) => boolean {
    const isPattern = (pattern: string): boolean => globProblem(pattern) === undefined;
    for (const pattern of (patterns ?? []).filter(pattern => !isPattern(pattern))) {
      this.problems.push(hookTexts.specPattern({ field, pattern }));
    }
    const globs = (patterns ?? []).filter(isPattern).map(compileGlob);
    return name => globs.some(glob => glob(name));
  }

  #selector(json: LabelSelector | null | undefined, field: string): Selector {
    try {
      return fromLabelSelector({
        matchLabels: json?.matchLabels ?? undefined,
        matchExpressions: json?.matchExpressions ?? undefined,
      });
    } catch (thrown) {
      if (!(thrown instanceof HozonError)) throw thrown;
      this.problems.push(
        hookTexts.specSelector({
          field,
          reason: { en: () => thrown.explain('en'), ja: () => thrown.explain('ja') },
        }),
      );
      return [];
    }
  }
}
