import type { ArchiveWriter } from '#archive/contents/archive-writer.ts';
import { storedForm } from '#archive/contents/stored-form.ts';
import type { RunReport } from '#archive/runs/run-report.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { Progress } from '#foundation/progress.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import {
  formatKey,
  groupResource,
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ResourceType,
} from '#kube/objects.ts';
import * as finding from '../findings.ts';
import { betweenHooks, type HookedPod } from '../hooks/between.ts';
import type { HookCounts } from '../hooks/hook.ts';
import { hooksFor } from '../hooks/resolve.ts';
import type { HookRules } from '../hooks/rules.ts';
import { accountTypes, type RelatedReader } from '../related/reader.ts';
import { type Item, type RelatedItem, relatedTo } from '../related/related.ts';
import { type ExclusionRules, exclusionOf } from './exclusion.ts';
import { Inventory } from './inventory.ts';

export interface ItemContext {
  readonly backup: string;
  readonly api: KubeApi;
  readonly discovery: Discovery;
  readonly archive: ArchiveWriter;
  readonly report: RunReport;
  readonly rules: ExclusionRules;
  /** Absent: no commands are run, whatever pods say. */
  readonly hooks: HookRules | undefined;
  readonly hookCounts: HookCounts;
  readonly related: RelatedReader;
  /** Told of each object that is in the archive. */
  readonly onStored: (item: Item) => void;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts objects into the archive: each once, unless it is excluded, its pod's hooks around it, and behind it what it
 * brings along. An object that cannot be written is an error of the report; what rejects ends the run.
 */
export class ItemSink {
  readonly inventory = new Inventory();
  readonly #context: ItemContext;

  constructor(context: ItemContext) {
    this.#context = context;
  }

  /**
   * Stores objects that belong together: the hooks of all pods among them run around all of them and what they bring
   * along. Elsewhere, what a list will yield anyway is left to it, unless it is wanted `atOnce`.
   */
  async take(items: readonly Item[], atOnce = false): Promise<void> {
    const taken = items.filter(item => this.#accepts(item));
    const hooked = taken.flatMap(item => this.#hooked(item));
    if (hooked.length === 0) return this.#storeAll(taken, atOnce);
    const { api, report, hookCounts: counts, signal } = this.#context;
    const pods = new Set(hooked.map(({ pod }) => pod));
    await betweenHooks(hooked, { api, report, counts, signal }, async ready => {
      this.#tellHooks(hooked);
      const stored = taken.filter(({ object }) => !pods.has(object) || ready.has(object));
      for (const item of taken) if (!stored.includes(item)) this.#refuse(item);
      await this.#storeAll(stored, true);
    });
    this.#tellHooks(hooked);
  }

  #accepts({ type, object }: Item): boolean {
    const key = keyOf(object);
    if (this.inventory.knows(type, key)) return false;
    const reason = exclusionOf(type, object, this.#context.rules);
    if (reason !== undefined) {
      this.#context.report.info(`left out: ${reason}`, finding.subjectOf(type, object));
      return false;
    }
    return this.inventory.claim(type, key, object.apiVersion);
  }

  #hooked({ type, object }: Item): HookedPod[] {
    const rules = this.#context.hooks;
    if (rules === undefined || groupResource(type) !== 'pods') return [];
    const hooks = hooksFor(object, rules);
    return hooks.pre.length + hooks.post.length + hooks.warnings.length === 0 ? [] : [{ pod: object, hooks }];
  }

  async #storeAll(items: readonly Item[], atOnce: boolean): Promise<void> {
    for (const item of items) await this.#store(item);
    for (const item of items) await this.#takeRelated(item, atOnce);
  }

  async #store(item: Item): Promise<void> {
    const { archive, backup, onStored, progress, report } = this.#context;
    const { type, object } = item;
    try {
      await archive.add(type, storedForm(item, backup));
    } catch (thrown) {
      if (!isHozonError(thrown, 'archive.item-unwritable')) throw thrown;
      this.inventory.refuse(type, keyOf(object));
      report.error(finding.notWritten(thrown), finding.subjectOf(type, object));
      return;
    }
    onStored(item);
    report.info('backed up', finding.subjectOf(type, object));
    const current = `${groupResource(type)} ${formatKey(keyOf(object))}`;
    progress({ phase: 'collect', done: this.inventory.size, unit: 'items', current });
  }

  #refuse({ type, object }: Item): void {
    this.inventory.refuse(type, keyOf(object));
    this.#context.report.info('left out: a pre hook failed', finding.subjectOf(type, object));
  }

  async #takeRelated(item: Item, atOnce: boolean): Promise<void> {
    if (!this.#mayBringAlong(item.type)) return;
    for (const related of await relatedTo(item, this.#context.related)) {
      const type = this.#context.discovery.byName(related.resource);
      if (type === undefined) this.inventory.miss(related.resource, related.key);
      if (type === undefined || this.#context.rules.resources.scope(type) === 'none') continue;
      if (this.inventory.knows(type, related.key) || (!atOnce && this.#isListed(type, related))) continue;
      const object = await this.#read(type, related.key, item);
      if (object !== undefined) await this.take([{ type, object }], atOnce);
    }
  }

  /** What cannot be read is reported; a reader who may not have it at all is warned, since Velero would bring it along. */
  async #read(type: ResourceType, key: ObjectKey, bringer: Item): Promise<KubeObject | undefined> {
    const { api, report, signal } = this.#context;
    const subject = { resource: groupResource(type), namespace: key.namespace, name: key.name };
    try {
      const object = await api.get(type, key, { signal });
      if (object !== undefined) return object;
      this.inventory.miss(groupResource(type), key);
      const bringing = `${groupResource(bringer.type)} ${formatKey(keyOf(bringer.object))}`;
      report.info(`does not exist, though ${bringing} names it`, subject);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isHozonError(thrown)) throw thrown;
      if (thrown.code === 'kube.forbidden') report.warning(finding.notRead(thrown), subject);
      else report.error(finding.notRead(thrown), subject);
    }
    return undefined;
  }

  /** What a service account brings along is found by lists of its own, which a backup without those types is spared. */
  #mayBringAlong(type: ResourceType): boolean {
    if (groupResource(type) !== 'serviceaccounts') return true;
    return Object.values(accountTypes).some(name => {
      const brought = this.#context.discovery.byName(name);
      return brought !== undefined && !this.#isComing(brought);
    });
  }

  #isComing(type: ResourceType): boolean {
    const scope = this.#context.rules.resources.scope(type);
    return scope === 'none' || (scope === 'all' && this.#isWhole(type, undefined));
  }

  #isListed(type: ResourceType, { key }: RelatedItem): boolean {
    const { rules } = this.#context;
    const placed = key.namespace === undefined || rules.namespaces.includes(key.namespace);
    return placed && rules.resources.scope(type) === 'all' && this.#isWhole(type, key.namespace);
  }

  /** Whether lists yield every object of the type that is there. */
  #isWhole(type: ResourceType, namespace: string | undefined): boolean {
    return this.#context.rules.selection.listed(type, namespace)?.length === 0;
  }

  #tellHooks([first]: readonly HookedPod[]): void {
    const current = first === undefined ? undefined : `pods ${formatKey(keyOf(first.pod))}`;
    this.#context.progress({
      phase: 'hooks',
      done: this.#context.hookCounts.attempted,
      unit: 'items',
      current,
    });
  }
}
