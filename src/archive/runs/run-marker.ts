import { randomUUID } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { Clock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore, StoreOptions } from '#storage/object-store.ts';
import { raise } from '../errors.ts';
import { readPlainJson } from '../stored/gzip-json.ts';
import { markerIn, nameIn } from '../stored/keys.ts';
import { putNew } from './put-new.ts';
import { isAlive, isThisProcess, type RunIdentity } from './run-identity.ts';
import type { StoreTime } from './store-time.ts';

/** Milliseconds between two renewals of a marker. */
export const renewal = 60_000;

/** Milliseconds without renewal after which a run that cannot be asked counts as dead: half an hour. */
export const silence = 30 * 60_000;

const Marker = Type.Object({
  kind: Type.Union([Type.Literal('backup'), Type.Literal('delete'), Type.Literal('restore')]),
  /** Unlike any other marker's. */
  token: Type.String({ minLength: 1 }),
  run: Type.Object({
    runId: Type.String(),
    host: Type.String(),
    machine: Type.String(),
    boot: Type.String(),
    pidNamespace: Type.String(),
    pid: Type.Integer(),
    started: Type.String(),
  }),
  /** RFC 3339. */
  begun: Type.String(),
  /** RFC 3339; makes each renewal differ from the one before. */
  renewed: Type.String(),
});

/**
 * What a run leaves in the folder where it works, so that others see that it is at work there, and that it was
 * when it is dead: `hozon-run.json`. It is made by `putIfAbsent`, so it is a lock as well.
 */
export type Marker = Static<typeof Marker>;
export type RunKind = Marker['kind'];

/** Calls `action` again and again until the returned function is called; does not keep the process alive. */
export type Repeat = (action: () => void, milliseconds: number) => () => void;

export const repeatUnref: Repeat = (action, milliseconds) => {
  const timer = setInterval(action, milliseconds);
  timer.unref();
  return () => clearInterval(timer);
};

export interface RunOptions extends StoreOptions {
  readonly identity: RunIdentity;
  readonly clock: Clock;
  /** For tests. */
  readonly repeat?: Repeat | undefined;
}

/** The markers that this process holds: a marker of this process that is not among them is one it failed to remove. */
const held = new Set<string>();

/**
 * Puts the marker of a new run into a folder, and renews it from then on.
 *
 * @throws `storage.already-exists` where there is a marker, whoever's
 */
export async function placeMarker(
  store: ObjectStore,
  folder: string,
  kind: RunKind,
  options: RunOptions,
): Promise<HeldMarker> {
  const now = options.clock.now().toISOString();
  const marker: Marker = { kind, token: randomUUID(), run: options.identity, begun: now, renewed: now };
  const key = markerIn(folder);
  held.add(marker.token);
  try {
    await putNew(store, key, bytesOf(marker), options);
  } catch (thrown) {
    held.delete(marker.token);
    const answerLost = !isHozonError(thrown, 'storage.already-exists');
    // what cannot be removed either is a dead run's to those who come next
    if (answerLost) await removeMarker(store, key, marker.token).catch(() => {});
    throw thrown;
  }
  return new HeldMarker(store, key, marker, options);
}

/** The marker at a key, or `undefined`. @throws `archive.corrupt-file` */
export async function readMarker(
  store: ObjectStore,
  key: string,
  options: StoreOptions = {},
): Promise<Marker | undefined> {
  return readPlainJson(store, key, Marker, { signal: options.signal });
}

/** Removes a marker if it is (still) the one with that token. */
export async function removeMarker(
  store: ObjectStore,
  key: string,
  token: string,
  options: StoreOptions = {},
): Promise<void> {
  const found = await readMarker(store, key, options);
  if (found?.token === token) await store.delete(key, options);
}

/**
 * Whether the run of a marker is at work. One of another host is `unknown` as long as its marker was renewed within
 * the last half hour by the store's own clock, `dead` afterwards.
 */
export async function judgeMarker(
  store: ObjectStore,
  key: string,
  marker: Marker,
  options: StoreOptions & { readonly storeTime: StoreTime },
): Promise<'alive' | 'dead' | 'unknown'> {
  if (await isThisProcess(marker.run)) return held.has(marker.token) ? 'alive' : 'dead';
  const liveness = await isAlive(marker.run);
  if (liveness !== 'unknown') return liveness;
  const info = await store.head(key, { signal: options.signal });
  if (info === undefined) return 'unknown';
  const idle = (await options.storeTime()) - info.modified.getTime();
  return idle > silence ? 'dead' : 'unknown';
}

/** The marker of a run of this process, renewed until it is released. */
export class HeldMarker {
  readonly #store: ObjectStore;
  readonly #key: string;
  readonly #marker: Marker;
  readonly #clock: Clock;
  readonly #lost = new AbortController();
  readonly #stopTimer: () => void;
  #renewing: Promise<void> | undefined;

  constructor(store: ObjectStore, key: string, marker: Marker, options: RunOptions) {
    this.#store = store;
    this.#key = key;
    this.#marker = marker;
    this.#clock = options.clock;
    this.#stopTimer = (options.repeat ?? repeatUnref)(() => this.#renew(), renewal);
  }

  /** Aborts with `archive.run-lost` when a renewal finds that the marker is gone or another's. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether the marker in the store is this one; `other` where it is another's. */
  async state(options: StoreOptions = {}): Promise<'own' | 'gone' | 'other'> {
    const found = await readMarker(this.#store, this.#key, options);
    if (found === undefined) return 'gone';
    return found.token === this.#marker.token ? 'own' : 'other';
  }

  /** Throws `archive.run-lost` unless the marker in the store is this one. */
  async verify(options: StoreOptions = {}): Promise<void> {
    if ((await this.state(options)) !== 'own') throw this.#lostError();
  }

  /** Ends the renewal and leaves the marker: what is there is now that of a dead run. */
  async stop(): Promise<void> {
    this.#stopTimer();
    await this.#renewing; // it must not put the marker back after it was removed
    held.delete(this.#marker.token);
  }

  /** Ends the renewal and removes the marker, if it is still this one. */
  async release(): Promise<void> {
    await this.stop();
    await removeMarker(this.#store, this.#key, this.#marker.token);
  }

  #renew(): void {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined;
    });
  }

  async #renewOnce(): Promise<void> {
    const signal = AbortSignal.timeout(renewal);
    try {
      await this.verify({ signal });
      const renewed = this.#clock.now().toISOString();
      await this.#store.put(this.#key, bytesOf({ ...this.#marker, renewed }), { signal });
    } catch (thrown) {
      // any other failure is left to the next renewal, and to the check before the run ends
      if (isHozonError(thrown, 'archive.run-lost')) this.#loose(thrown);
    }
  }

  #loose(reason: unknown): void {
    this.#stopTimer();
    this.#lost.abort(reason);
  }

  #lostError() {
    const parent = this.#key.slice(0, this.#key.indexOf('/') + 1);
    return raise['run-lost']({ url: this.#store.url, name: nameIn(parent, this.#key) });
  }
}

function bytesOf(marker: Marker): Uint8Array {
  return Buffer.from(`${JSON.stringify(marker, undefined, 2)}\n`);
}
