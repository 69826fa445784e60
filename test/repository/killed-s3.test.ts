import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { openS3 } from '#storage/s3/store.ts';
import type { FaultProxy } from '#testbed/faults/proxy.ts';
import type { Fault } from '#testbed/faults/rules.ts';
import { startObjectStoreFaults } from '#testbed/faults/targets.ts';
import {
  type OwnObjectStore,
  startObjectStore,
  type TestObjectStore,
} from '#testbed/object-store/object-store.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { rounds } from '#testbed/soak.ts';
import { newBucket, settingsOf } from '../storage/s3-subject.ts';
import { History, kill, startCommand } from './killed-commands.ts';
import { quickPassword } from './quick-repository.ts';
import { assertSameFacts, type Facts, factsOf } from './same-trees.ts';

/** How often each command is killed. */
const kills = rounds(2);

let directory: string;
let history: History;
let now: Map<string, Facts>;
let server: OwnObjectStore;
let faulty: TestObjectStore;
let proxy: FaultProxy;
let bucket: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-killed-s3-'));
  history = await History.in(directory);
  now = await factsOf(history.source);
  server = await startObjectStore({ tls: false });
  bucket = await newBucket(server);
});
after(async () => {
  await proxy?.stop();
  await server?.stop();
  await rm(directory, { recursive: true });
});

const commands: Readonly<
  Record<string, { readonly words: () => readonly string[]; readonly count: number }>
> = {
  snapshot: { words: () => ['snapshot', history.source], count: 4 },
  'forget with prune': { words: () => ['forget', '--keep-last', '1', '--prune', '--confirm'], count: 1 },
};

for (const [name, { words, count }] of Object.entries(commands)) {
  test(`${name}, killed while a bucket has not heard its nth request or could not answer, leaves a sound repository`, async () => {
    await renewProxy();
    const prefix = name.replaceAll(' ', '-');
    const before = proxy.seen.length;
    await run(faulty, await newPrefix(`${prefix}-undisturbed`), words());
    const requests = proxy.seen.length - before;
    assert.ok(requests > 10, `${requests} requests`);
    for (let round = 0; round < kills; round++) {
      await renewProxy();
      const place = await newPrefix(`${prefix}-${round}`);
      const nth = 1 + Math.floor(((round + Math.random()) * requests) / kills);
      const fault: Fault = { kind: 'stall', ...(round % 2 === 0 ? { answerBytes: 0 } : {}) };
      proxy.setRules([{ name: 'moment', nth, fault }]);
      const command = startCommand(nameOf(faulty, place), words(), environment(faulty));
      await Promise.race([proxy.untilFired('moment'), command.ended]);
      await kill(command);
      proxy.setRules([]);
      await using restic = await resticOn(place);
      const found = await assertSound(restic);
      await run(server, place, words());
      await restic.run(['check', '--read-data']);
      const { length } = JSON.parse(await restic.run(['snapshots', '--json'])) as unknown[];
      assert.equal(length, name === 'snapshot' ? found + 1 : count);
    }
  });
}

/** A proxy that has had no killed client. */
async function renewProxy(): Promise<void> {
  await proxy?.stop();
  ({ proxy, store: faulty } = await startObjectStoreFaults(server));
}

/** A copy of the history below a prefix of the bucket. */
async function newPrefix(prefix: string): Promise<string> {
  const from = new FilesystemStore(history.place);
  const to = await openS3(settingsOf(server, bucket, prefix));
  for await (const { key, size } of from.list('')) await to.put(key, await from.get(key), { size });
  await to.close();
  return prefix;
}

/** As restic names it. */
function nameOf(store: TestObjectStore, prefix: string): string {
  return `s3:${store.endpoint}/${bucket}/${prefix}`;
}

function environment(store: TestObjectStore): Record<string, string> {
  return {
    HOME: directory,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_DEFAULT_REGION: store.region,
  };
}

async function run(store: TestObjectStore, prefix: string, words: readonly string[]): Promise<void> {
  const command = startCommand(nameOf(store, prefix), words, environment(store));
  const [code] = await command.ended;
  assert.equal(code, 0, await command.errors);
}

async function resticOn(prefix: string): Promise<Restic> {
  const env = environment(server);
  return stockRestic({ repository: nameOf(server, prefix), password: quickPassword, version: 'new', env });
}

/** What restic does after a crash finds nothing wrong, and every snapshot restores as it was; how many there are. */
async function assertSound(restic: Restic): Promise<number> {
  await restic.run(['unlock']);
  await restic.run(['check', '--read-data']);
  const listed = JSON.parse(await restic.run(['snapshots', '--json'])) as { id: string }[];
  assert.ok(listed.some(({ id }) => id === history.taken[2]?.id));
  for (const { id } of listed) {
    const target = await mkdtemp(join(directory, 'target-'));
    await restic.run(['restore', id, '--target', target]);
    const facts = history.taken.find(each => each.id === id)?.facts ?? now;
    assertSameFacts(await factsOf(join(target, history.source)), facts);
    await rm(target, { recursive: true });
  }
  return listed.length;
}
