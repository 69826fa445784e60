/**
 * A program that stores contents in a new kopia repository, more of them while packs of the first are being stored:
 * `node overlapping-flushes.ts ROOT files|memory`, where packs lie until they are stored. It prints `ID PLAIN` (hex) of each.
 */
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { loadContents } from '#repository/kopia/access/indexed.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { openKopiaPipeline } from '#repository/kopia/pipeline/pipeline-writer.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { BegunWrite, Body, ObjectInfo, PutOptions } from '#storage/object-store.ts';

const [root = '', where] = process.argv.slice(2);

/** A directory that stores no pack before it is let go on. */
class HoldingStore extends FilesystemStore {
  readonly #goingOn = Promise.withResolvers<void>();
  readonly #both = Promise.withResolvers<void>();
  #held = 0;
  /** Until a pack of either kind is held. */
  readonly bothHeld = this.#both.promise;

  goOn(): void {
    this.#goingOn.resolve();
  }

  override async begin(key: string): Promise<BegunWrite | undefined> {
    const begun = where === 'files' ? await super.begin(key) : undefined;
    if (begun === undefined) return undefined;
    return {
      descriptor: begun.descriptor,
      failure: thrown => begun.failure(thrown),
      abandon: () => begun.abandon(),
      finish: async (final, options) => {
        await this.#hold();
        return begun.finish(final, options);
      },
    };
  }

  override async put(key: string, body: Body, options?: PutOptions): Promise<ObjectInfo> {
    if (/^[pq]/.test(key)) await this.#hold();
    return super.put(key, body, options);
  }

  async #hold(): Promise<void> {
    if (++this.#held === 2) this.#both.resolve();
    await this.#goingOn.promise;
  }
}

const store = new HoldingStore(root);
const password = Buffer.from('secret');
await initKopia(new FilesystemStore(root), { password, owner: 'me@here' });
{
  await using writer = await openKopiaPipeline(await loadContents(await openKopia(store, { password })), {
    workers: 2,
  });
  const storeTwo = async (): Promise<void> => {
    for (const prefix of ['k', '']) {
      const plain = randomBytes(100);
      process.stdout.write(`${await writer.content(prefix, plain)} ${plain.toString('hex')}\n`);
    }
  };
  await storeTwo();
  const first = writer.flush({ goOn: true });
  await store.bothHeld;
  await storeTwo();
  const second = writer.flush({ goOn: true });
  await setImmediate();
  store.goOn();
  await Promise.all([first, second]);
  await writer.flush();
}
