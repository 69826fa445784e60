import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Ran, runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { initRestic } from '#repository/restic/access/init.ts';
import { addKey, listKeys, removeKey } from '#repository/restic/access/keys.ts';
import { openRestic } from '#repository/restic/access/open.ts';
import { idOf } from '#repository/restic/format/ids.ts';
import { sealMasterKey, writeKeyFile } from '#repository/restic/format/key-file.ts';
import { raise } from '#storage/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { prefixed } from '#storage/prefixed.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';
import { MemoryStore } from './memory-store.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';

/** A location that stores other bytes than it is given for a key, and deletes nothing while it is told so. */
class SpoilingStore extends MemoryStore {
  forbids = false;

  override async put(...[key, body, options]: Parameters<ObjectStore['put']>) {
    const stored = await super.put(key, body, options);
    this.files.set(key, Buffer.from('other'));
    return stored;
  }

  override async delete(key: string): Promise<void> {
    if (this.forbids) throw raise.denied({ url: this.url, reason: 'not today' });
    await super.delete(key);
  }
}

const writing = { identity: ownIdentity(), clock: systemClock };

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-keys-'));
  for (const name of ['first', 'second', 'third']) await writeFile(join(directory, name), `${name}\n`);
});
after(() => rm(directory, { recursive: true }));

/** The real restic, with the password that a file of this name holds. */
async function restic(place: string, password: string): Promise<Restic> {
  return stockRestic({ repository: join(directory, place), password, version: 'new' });
}

async function hozon(place: string, password: string, ...words: readonly string[]): Promise<Ran> {
  const access = ['--repo', join(directory, place), '--password-file', join(directory, password)];
  return runHere(['repo', ...words, ...access]);
}

function newPassword(name: string): string[] {
  return ['--new-password-file', join(directory, name)];
}

async function keyIds(place: string): Promise<string[]> {
  return (await readdir(join(directory, place, 'keys'))).sort();
}

test('keys that we add open in restic, and those that restic adds open here', async () => {
  await using ours = await restic('both', 'first');
  await using second = await restic('both', 'second');
  await using third = await restic('both', 'third');
  await ours.run(['init']);
  const added = await hozon('both', 'first', 'key', 'add', ...newPassword('second'), '--user', 'somebody');
  assert.equal(added.code, 0, added.err);
  await second.run(['snapshots']);
  await second.run(['key', 'add', '--new-password-file', join(directory, 'third')]);
  assert.equal((await hozon('both', 'third', 'snapshots')).code, 0);
  const listed = JSON.parse((await hozon('both', 'third', 'key', 'list', '-o', 'json')).out) as {
    items: { id: string; current: boolean; userName: string; hostName: string }[];
  };
  const theirs = JSON.parse(await third.run(['key', 'list', '--json'])) as typeof listed.items;
  const known = (keys: typeof listed.items) =>
    keys.map(({ id, current, userName, hostName }) => [id, current, userName, hostName]).sort(byId);
  assert.deepEqual(known(listed.items), known(theirs));
  assert.equal(listed.items.filter(({ userName }) => userName === 'somebody').length, 1);
});

function byId([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

test('a password is changed: the old one opens nothing any more', async () => {
  await using first = await restic('changed', 'first');
  await using second = await restic('changed', 'second');
  await first.run(['init']);
  const changed = await hozon('changed', 'first', 'key', 'passwd', ...newPassword('second'));
  assert.equal(changed.code, 0, changed.err);
  await second.run(['check']);
  assert.equal((await first.end(['snapshots'])).exitCode, 12);
  assert.equal((await hozon('changed', 'first', 'key', 'list')).code, 12);
  assert.equal((await keyIds('changed')).length, 1);
});

test('neither the key in use nor the last one is removed; another is, after a yes', async () => {
  await using first = await restic('removed', 'first');
  await first.run(['init']);
  const [only = ''] = await keyIds('removed');
  assert.match(
    (await hozon('removed', 'first', 'key', 'remove', only, '--confirm')).err,
    /repository\.last-key/,
  );
  assert.equal((await hozon('removed', 'first', 'key', 'add', ...newPassword('second'))).code, 0);
  assert.match(
    (await hozon('removed', 'first', 'key', 'remove', only, '--confirm')).err,
    /repository\.key-in-use/,
  );
  assert.match((await hozon('removed', 'first', 'key', 'remove', 'zz', '--confirm')).err, /key-not-found/);
  assert.match((await hozon('removed', 'second', 'key', 'remove', only)).err, /cli\.needs-confirmation/);
  assert.equal((await keyIds('removed')).length, 2);
  const removed = await hozon('removed', 'second', 'key', 'remove', only.slice(0, 10), '--confirm');
  assert.equal(removed.code, 0, removed.err);
  assert.equal((await first.end(['snapshots'])).exitCode, 12);
});

test('the words of key are checked before anything is opened', async () => {
  const wrong = async (...words: string[]): Promise<string> =>
    (await hozon('none', 'first', 'key', ...words)).err;
  assert.match(await wrong('rename'), /cli\.bad-value/);
  assert.match(await wrong('remove'), /cli\.missing-argument/);
  assert.match(await wrong('list', 'abc'), /cli\.excess-argument/);
  assert.match(await wrong('add', '--no-lock'), /cli\.conflicting-flags/);
});

test('an interrupted init is completed with its password, refused with another, and can be let go', async () => {
  for (const place of ['completed', 'discarded']) {
    assert.equal((await hozon(place, 'first', 'init')).code, 0);
    await rm(join(directory, place, 'config'));
    const refused = await hozon(place, 'second', 'init');
    assert.match(refused.err, /repository\.keys-left-over/);
    assert.match(refused.err, /keys\/[0-9a-f]{64}.*--discard-leftovers/s);
  }
  const before = await keyIds('completed');
  assert.equal((await hozon('completed', 'first', 'init')).code, 0);
  assert.deepEqual(await keyIds('completed'), before);
  await using completed = await restic('completed', 'first');
  await completed.run(['check']);
  assert.equal((await hozon('discarded', 'second', 'init', '--discard-leftovers')).code, 0);
  assert.equal((await keyIds('discarded')).length, 1);
  await using discarded = await restic('discarded', 'second');
  await discarded.run(['backup', 'first', '--host', 'x'], { cwd: directory });
  await rm(join(directory, 'discarded', 'config'));
  const lost = await hozon('discarded', 'second', 'init', '--discard-leftovers');
  assert.match(lost.err, /repository\.exists/);
});

test('of many inits at once one makes the repository, and it is whole', async () => {
  const store = new FilesystemStore(join(directory, 'race'));
  const settled = await Promise.allSettled(
    ['first', 'first', 'second', 'third'].map(password =>
      initRestic(store, { password: Buffer.from(password), ...writing }),
    ),
  );
  const made = settled.filter(each => each.status === 'fulfilled').map(({ value }) => value);
  const ids = new Set(made.map(({ config }) => config.id));
  assert.equal(ids.size, 1);
  for (const each of settled) {
    if (each.status === 'rejected') {
      const code = (each.reason as { code?: string }).code ?? '';
      assert.match(code, /^repository\.(?:exists|keys-left-over)$/);
    }
  }
  assert.equal((await keyIds('race')).length, 1);
  const [index] = settled.flatMap((each, at) => (each.status === 'fulfilled' ? [at] : []));
  const password = ['first', 'first', 'second', 'third'][index ?? 0] ?? '';
  await using stock = await restic('race', password);
  await stock.run(['check']);
});

test('a config whose answer was lost is known again', async () => {
  const inner = prefixed(new FilesystemStore(join(directory, 'answer')), 'restic/');
  const store: ObjectStore = {
    ...inner,
    putIfAbsent: async (...args) => {
      await inner.putIfAbsent(...args);
      return inner.putIfAbsent(...args);
    },
  };
  const { config } = await initRestic(store, { password: Buffer.from('first'), ...writing });
  const opened = await openRestic(inner, { password: Buffer.from('first') });
  assert.equal(opened.config.id, config.id);
});

test('a key of the same password that does not open the config is passed over', async () => {
  const [inner, other] = ['twice', 'overtaken'].map(name => new FilesystemStore(join(directory, name)));
  assert.ok(inner !== undefined && other !== undefined);
  const password = Buffer.from('first');
  const { config } = await initRestic(inner, { password, ...writing });
  for (let more = 0; more < 3; more++) {
    const { keyId } = await initRestic(other, { password, ...writing });
    const bytes = Buffer.concat(await Array.fromAsync(await other.get(`keys/${keyId}`)));
    await inner.put(`keys/${keyId}`, bytes);
    await rm(join(directory, 'overtaken'), { recursive: true });
  }
  assert.equal((await openRestic(inner, { password })).config.id, config.id);
  await truncate(join(directory, 'twice/config'), 20);
  await assert.rejects(openRestic(inner, { password }), thrown => isHozonError(thrown, 'repository.damaged'));
});

test('keys are tried in the order of the work that they ask for, those that are hinted at first', async () => {
  const store = new MemoryStore();
  await makeQuickRepository(store);
  const password = Buffer.from(quickPassword);
  const { key: master, keyId: quick } = await openRestic(store, { password });
  /** So that what is opened tells which was tried first. */
  const added = async (work: { readonly n: number; readonly r: number; readonly p: number }) => {
    const derivation = { ...work, salt: randomBytes(64) };
    const data = await sealMasterKey(master, password, derivation);
    const [created, username, hostname] = ['2026-01-02T03:04:05Z', 'someone', 'here'];
    const file = writeKeyFile({ created, username, hostname, ...derivation, data });
    await store.put(`keys/${idOf(file)}`, file);
    return idOf(file);
  };
  const ids = [quick];
  for (const work of [
    { n: 4, r: 1, p: 1 },
    { n: 2, r: 4, p: 1 },
    { n: 2, r: 1, p: 8 },
  ])
    ids.push(await added(work));
  for (let more = 0; more < 8; more++) await added({ n: 16, r: 2, p: 2 });
  const damaged = await added({ n: 2, r: 1, p: 1 });
  store.files.set(`keys/${damaged}`, Buffer.from('{}'));
  for (const id of ids) {
    assert.equal((await openRestic(store, { password })).keyId, id);
    await store.delete(`keys/${id}`);
  }
  await store.delete(`keys/${damaged}`);
  const [, second] = await Array.fromAsync(store.list('keys/'), ({ key }) => key.slice('keys/'.length));
  assert.equal((await openRestic(store, { password, keyHint: second?.slice(0, 12) })).keyId, second);
});

test('a key that may not be read keeps nobody from using the others, and is named where none of them opens', async () => {
  const file = `keys/${'f'.repeat(64)}`;
  const denied = raise.denied({ url: file, reason: 'EACCES' });
  const store = new (class extends MemoryStore {
    override async get(...given: Parameters<MemoryStore['get']>) {
      if (given[0] === file) throw denied;
      return super.get(...given);
    }
  })();
  await makeQuickRepository(store);
  store.files.set(file, Buffer.from('{}'));
  const password = Buffer.from(quickPassword);
  for (const keyHint of ['', 'f']) {
    const { keyId } = await openRestic(store, { password, keyHint });
    assert.notEqual(`keys/${keyId}`, file);
  }
  await assert.rejects(openRestic(store, { password: Buffer.from('another') }), denied);
});

test('a key that goes while the keys are read is passed over', async () => {
  const gone = `keys/${'0'.repeat(64)}`;
  const store = new (class extends MemoryStore {
    override async *list(...given: Parameters<MemoryStore['list']>) {
      if (given[0] === 'keys/') yield { key: gone, size: 400, modified: new Date(0) };
      yield* super.list(...given);
    }
  })();
  await makeQuickRepository(store);
  const { keyId } = await openRestic(store, { password: Buffer.from(quickPassword) });
  assert.ok(store.files.has(`keys/${keyId}`));
  await assert.rejects(openRestic(store, { password: Buffer.from('other') }), thrown =>
    isHozonError(thrown, 'repository.wrong-password'),
  );
});

test('a new key that is spoilt is removed, or named where it cannot be and removed later', async () => {
  const made = new MemoryStore();
  await makeQuickRepository(made);
  const store = new SpoilingStore(made.files);
  const repository = await openRestic(store, { password: Buffer.from(quickPassword) });
  const add = () => addKey(repository, { password: Buffer.from('first'), ...writing });
  const before = [...store.files.keys()];
  await assert.rejects(add(), thrown => isHozonError(thrown, 'repository.key-unusable'));
  assert.deepEqual([...store.files.keys()], before);
  store.forbids = true;
  const refusal = await add().catch((thrown: unknown) => thrown);
  const left = [...store.files.keys()].find(key => !before.includes(key)) ?? '';
  assert.ok(isHozonError(refusal, 'repository.key-unusable-left'));
  assert.ok(refusal.message.includes(left) && refusal.message.includes('not today'), refusal.message);
  store.forbids = false;
  await removeKey(
    await openRestic(store, { password: Buffer.from(quickPassword) }),
    left.slice('keys/'.length),
  );
  assert.equal((await listKeys(repository)).length, 1);
});
