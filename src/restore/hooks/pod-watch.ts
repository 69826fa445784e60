import { veleroLabels } from '#api/velero/names.ts';
import type { KubeApi } from '#kube/api.ts';
import type { KubeObject } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';

export interface PodWatchOptions {
  readonly api: Pick<KubeApi, 'watch' | 'get'>;
  readonly namespace: string;
  /** The value of the label that the pods have by their restore. */
  readonly restore: string;
  /** Ends the watch; whatever waits then is not woken. */
  readonly signal: AbortSignal;
}

interface Known {
  readonly uid: string | undefined;
  /** As it was last seen; `gone` once it, with this uid, is no more. */
  latest: KubeObject | 'gone';
  /** The watch has spoken of it. */
  seen: boolean;
  wake: PromiseWithResolvers<void>;
}

/** The pods that a restore made in one namespace, as they change, by one watch for all of them. */
export class PodWatch {
  readonly #options: PodWatchOptions;
  readonly #known = new Map<string, Known>();
  #failure: { readonly thrown: unknown } | undefined;
  #begun = false;

  constructor(options: PodWatchOptions) {
    this.#options = options;
  }

  /** Follows a pod that was just created. */
  follow(pod: KubeObject): void {
    const { name, uid } = pod.metadata;
    this.#known.set(name, { uid, latest: pod, seen: false, wake: Promise.withResolvers() });
    if (this.#begun) return;
    this.#begun = true;
    void this.#watch();
  }

  /**
   * Looks at a followed pod now and whenever it changes, until `look` finds something. Rejects when the signal aborts,
   * with its reason, and with what ended the watch.
   */
  async until<T>(
    name: string,
    look: (pod: KubeObject | 'gone') => T | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {}); // it is raced below, and may lose
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        if (this.#failure !== undefined) throw this.#failure.thrown;
        const known = this.#known.get(name);
        if (known === undefined) throw new Error(`pod ${name} is not followed`);
        const found = look(known.latest);
        if (found !== undefined) return found;
        await Promise.race([known.wake.promise, aborted.promise]);
      }
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #watch(): Promise<void> {
    const { api, namespace, restore, signal } = this.#options;
    const labelSelector = `${veleroLabels.restoreName}=${restore}`;
    try {
      for await (const event of api.watch(podType, { namespace, labelSelector, signal })) {
        if (event.type === 'BOOKMARK') await this.#lookForUnseen();
        else this.#changed(event.object.metadata, event.type === 'DELETED' ? 'gone' : event.object);
      }
    } catch (thrown) {
      if (signal.aborted) return;
      this.#failure = { thrown };
      for (const known of this.#known.values()) known.wake.resolve();
    }
  }

  #changed({ name, uid }: KubeObject['metadata'], latest: KubeObject | 'gone'): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    known.seen = true;
    // another pod under the name means that this one is gone; the deletion of another says nothing of this one
    const isOther = uid !== undefined && known.uid !== undefined && uid !== known.uid;
    if (isOther && latest === 'gone') return;
    known.latest = isOther ? 'gone' : latest;
    const { wake } = known;
    known.wake = Promise.withResolvers();
    wake.resolve();
  }

  /** A pod that was deleted before the watch began is in none of its events. */
  async #lookForUnseen(): Promise<void> {
    const { api, namespace, signal } = this.#options;
    for (const [name, known] of this.#known) {
      if (known.seen) continue;
      const pod = await api.get(podType, { namespace, name }, { signal });
      if (!known.seen) this.#changed(pod?.metadata ?? { name }, pod ?? 'gone');
    }
  }
}
