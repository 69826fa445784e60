import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { HeldClock, type Ran, runHere } from '#cli/testing.ts';
import { systemClock } from '#foundation/clock.ts';
import { isHozonError } from '#foundation/errors.ts';
import { ownIdentity } from '#repository/restic/access/identity.ts';
import { initRestic } from '#repository/restic/access/init.ts';
import { type LockFinding, type LockOptions, withLock } from '#repository/restic/access/lock.ts';
import { type OpenRepository, openRestic } from '#repository/restic/access/open.ts';
import { raise } from '#storage/errors.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { ObjectStore } from '#storage/object-store.ts';
import { prefixed } from '#storage/prefixed.ts';
import { readOnly } from '#storage/read-only.ts';
import { type Restic, stockRestic } from '#testbed/restic.ts';

const password = 'secret';
const writing = { identity: ownIdentity(), clock: systemClock };

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-restic-locks-'));
  await writeFile(join(directory, 'password'), password);
});
after(() => rm(directory, { recursive: true }));

/** Its store is a plain object, so that a test can change what it does. */
async function newRepository(name: string): Promise<OpenRepository> {
  const store = prefixed(new FilesystemStore(directory), `${name}/`);
  return initRestic(store, { password: Buffer.from(password), ...writing });
}

async function restic(name: string): Promise<Restic> {
  return stockRestic({ repository: join(directory, name), password, version: 'new' });
}

async function hozon(name: string, ...words: readonly string[]): Promise<Ran> {
  const access = ['--repo', join(directory, name), '--password-file', join(directory, 'password')];
  return runHere(['repo', ...words, ...access], { clock: systemClock });
}

async function lockFiles({ store }: OpenRepository): Promise<string[]> {
  return (await Array.fromAsync(store.list('locks/'))).map(({ key }) => key);
}

function changed(repository: OpenRepository, store: Partial<ObjectStore>): OpenRepository {
  return { ...repository, store: { ...repository.store, ...store } };
}

const denied: ObjectStore['put'] & ObjectStore['delete'] = async () => {
  throw raise.denied({ url: 'x', reason: 'not allowed' });
};

/** A clock whose pauses are kept and over at once; what `onPause` does happens in them. */
class PausingClock extends HeldClock {
  readonly pauses: number[] = [];
  onPause: (at: number) => Promise<void> = async () => {};

  constructor() {
    super(new Date().toISOString());
  }

  override async sleep(milliseconds: number): Promise<void> {
    this.pauses.push(milliseconds);
    this.advance(milliseconds);
    await this.onPause(this.pauses.length);
  }
}

function isLocked(thrown: unknown): boolean {
  return isHozonError(thrown, 'repository.locked');
}

const shared: LockOptions = { ...writing, exclusive: false };
const exclusive: LockOptions = { ...writing, exclusive: true };

test('restic and we respect the locks of each other, in version 1 too', async () => {
  for (const version of ['1', '2']) {
    const name = `respected-${version}`;
    await using stock = await restic(name);
    await stock.run(['init', '--repository-version', version]);
    const store = new FilesystemStore(join(directory, name));
    const repository = await openRestic(store, { password: Buffer.from(password) });
    await withLock(repository, exclusive, async () => {
      const { exitCode, stderr } = await stock.end(['snapshots']);
      assert.deepEqual([exitCode, /already locked exclusively by PID/.test(stderr)], [11, true]);
      assert.match((await hozon(name, 'snapshots')).err, /locked exclusively by .*, PID/);
    });
    await withLock(repository, shared, async () => {
      await stock.run(['snapshots']);
      assert.equal((await stock.end(['prune'])).exitCode, 11);
    });
    await stock.run(['check']);
    assert.deepEqual(await lockFiles(repository), []);
  }
});

test('a lock is renewed while it is held', async () => {
  const repository = await newRepository('renewed');
  const clock = new HeldClock(new Date().toISOString());
  await withLock(repository, { ...shared, clock }, async () => {
    const [first] = await lockFiles(repository);
    clock.advance(5 * 60_000 + 1);
    for (let now = await lockFiles(repository); now.length !== 1 || now[0] === first; ) {
      await setImmediate();
      now = await lockFiles(repository);
    }
  });
  assert.deepEqual(await lockFiles(repository), []);
});

test('work stops when the lock could not be renewed in time', async () => {
  const repository = await newRepository('lost');
  const clock = new HeldClock(new Date().toISOString());
  const store = { ...repository.store };
  const lost = withLock({ ...repository, store }, { ...shared, clock }, async signal => {
    store.put = async () => {
      throw raise.unavailable({ url: 'x', reason: 'gone' });
    };
    clock.advance(23 * 60_000);
    await once(signal, 'abort');
    signal.throwIfAborted();
  });
  await assert.rejects(lost, thrown => isHozonError(thrown, 'repository.lock-lost'));
  assert.deepEqual(await lockFiles(repository), []);
});

test('a lock that grew too old while the machine slept is taken up where it is still there, and lost where it is not', async () => {
  const repository = await newRepository('slept');
  const sleep = async (during: () => Promise<void>, woken: (signal: AbortSignal) => Promise<void>) => {
    const clock = new PausingClock();
    return withLock(repository, { ...shared, clock }, async signal => {
      await during();
      clock.advance(8 * 60 * 60_000);
      await woken(signal);
      signal.throwIfAborted();
    });
  };
  let first: string[] = [];
  const look = async (): Promise<void> => void (first = await lockFiles(repository));
  await sleep(look, async signal => {
    for (let now = first; now.length !== 1 || now[0] === first[0]; now = await lockFiles(repository)) {
      signal.throwIfAborted();
      await setImmediate();
    }
  });
  const removed = async (): Promise<void> => {
    for (const file of await lockFiles(repository)) await repository.store.delete(file);
  };
  await assert.rejects(
    sleep(removed, async signal => void (await once(signal, 'abort'))),
    thrown => isHozonError(thrown, 'repository.lock-lost'),
  );
  assert.deepEqual(await lockFiles(repository), []);
});

test('others are waited for as long as it is said', async () => {
  const repository = await newRepository('waited');
  const clock = new PausingClock();
  const findings: LockFinding[] = [];
  const options = { ...shared, clock, onFinding: (each: LockFinding) => findings.push(each) };
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: held, resolve: hold } = Promise.withResolvers<void>();
  const holding = withLock(repository, exclusive, async () => {
    hold();
    await released;
  });
  await held;
  const patience = { ...options, retryFor: 12_000 };
  await assert.rejects(
    withLock(repository, patience, async () => assert.fail()),
    isLocked,
  );
  assert.deepEqual(clock.pauses, [5000, 7000]);
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ['waiting'],
  );
  clock.pauses.length = 0;
  clock.onPause = async at => {
    if (at === 3) release();
    if (at === 3) await holding;
  };
  await withLock(repository, { ...options, retryFor: 3_600_000 }, async () => {});
  assert.deepEqual(clock.pauses, [5000, 10_000, 20_000, 200]);
});

test('a lock that cannot be read is looked at four times, and may vanish', async () => {
  const repository = await newRepository('unreadable');
  const clock = new PausingClock();
  const file = `locks/${'ab'.repeat(32)}`;
  await repository.store.put(`locks/${'cd'.repeat(32)}`, new Uint8Array());
  await repository.store.put(file, Buffer.from('nonsense'));
  const options = { ...shared, clock };
  await assert.rejects(
    withLock(repository, options, async () => assert.fail()),
    thrown => isHozonError(thrown, 'repository.lock-unreadable') && thrown.explain('en').includes(file),
  );
  assert.deepEqual(clock.pauses, [5000, 10_000, 20_000]);
  clock.pauses.length = 0;
  clock.onPause = async at => {
    if (at === 2) await repository.store.delete(file);
  };
  await withLock(repository, options, async () => {});
  assert.deepEqual(clock.pauses, [5000, 10_000, 200]);
});

test('where nothing can be deleted the work is done nevertheless, and what is left is named', async () => {
  const repository = await newRepository('append-only');
  const findings: LockFinding[] = [];
  const options = { ...shared, onFinding: (each: LockFinding) => findings.push(each) };
  assert.equal(await withLock(changed(repository, { delete: denied }), options, async () => 'done'), 'done');
  const [file] = await lockFiles(repository);
  assert.deepEqual(
    findings.map(each => each.kind === 'left' && each.file),
    [file],
  );
  await withLock(repository, shared, async () => {});
});

test('who only reads goes on where no lock can be put, but not into the work of another', async () => {
  const repository = await newRepository('read-only');
  const findings: LockFinding[] = [];
  const optional = { ...shared, optional: true, onFinding: (each: LockFinding) => findings.push(each) };
  const sealed = { ...repository, store: readOnly(repository.store) };
  for (const each of [sealed, changed(repository, { put: denied })]) {
    assert.equal(await withLock(each, optional, async () => 'read'), 'read');
    await assert.rejects(withLock(each, shared, async () => assert.fail()));
  }
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ['unlocked', 'unlocked'],
  );
  await withLock(repository, exclusive, async () => {
    await assert.rejects(
      withLock(sealed, optional, async () => assert.fail()),
      isLocked,
    );
  });
  const url = `file://${join(directory, 'read-only')}?read-only=true`;
  const argv = ['repo', 'snapshots', '--repo', url, '--password-file', join(directory, 'password')];
  const read = await runHere(argv);
  assert.deepEqual([read.code, /Reading without a lock/.test(read.err)], [0, true]);
});

test('--no-lock reads what is locked; nothing else of a command stays locked', async () => {
  const repository = await newRepository('no-lock');
  await withLock(repository, exclusive, async () => {
    const locked = await hozon('no-lock', 'snapshots');
    assert.deepEqual([locked.code, /repository\.locked/.test(locked.err)], [11, true]);
    assert.equal((await hozon('no-lock', 'snapshots', '--no-lock')).code, 0);
  });
  assert.equal((await hozon('no-lock', 'cat', 'config')).code, 0);
  assert.deepEqual(await lockFiles(repository), []);
});

test('locks of the dead are removed, those of the living only when all are to go', async () => {
  const repository = await newRepository('unlocked');
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(ended, 'close');
  const dead = { ...ownIdentity(), pid: ended.pid ?? 0 };
  const old = new HeldClock(new Date(Date.now() - 31 * 60_000).toISOString());
  const elsewhere = { ...ownIdentity(), hostname: 'elsewhere' };
  const keep = changed(repository, { delete: denied });
  for (const lock of [
    { ...shared, identity: dead },
    { ...shared, identity: elsewhere, clock: old },
    { ...shared, identity: elsewhere },
  ]) {
    await withLock(keep, lock, async () => {});
  }
  await withLock(keep, shared, async () => {});
  await repository.store.put(`locks/${'ab'.repeat(32)}`, Buffer.from('nonsense'));
  await using stock = await restic('unlocked');
  const ids = (await lockFiles(repository)).map(file => `${file.slice('locks/'.length)}\n`);
  assert.equal((await hozon('unlocked', 'list', 'locks')).out, ids.join(''));
  assert.equal((await hozon('unlocked', 'list', 'keys', '--no-lock')).out, `${repository.keyId}\n`);
  const copy = join(directory, 'unlocked-copy');
  await cp(join(directory, 'unlocked'), copy, { recursive: true });
  const removed = await hozon('unlocked', 'unlock');
  assert.equal(removed.code, 0, removed.err);
  assert.equal((await lockFiles(repository)).length, 3);
  await using theirs = await restic('unlocked-copy');
  await theirs.run(['unlock']);
  const left = (await Array.fromAsync(new FilesystemStore(copy).list('locks/'))).map(({ key }) => key);
  assert.deepEqual(left, await lockFiles(repository));
  assert.equal((await hozon('unlocked', 'unlock', '--remove-all')).code, 0);
  assert.deepEqual(await lockFiles(repository), []);
  await stock.run(['prune']);
});

test('a holder lives through the signal by which restic asks whether it does', async () => {
  const repository = await newRepository('signalled');
  await using stock = await restic('signalled');
  await withLock(repository, shared, async () => {
    const before = await lockFiles(repository);
    await stock.run(['unlock']);
    await setImmediate();
    assert.deepEqual(await lockFiles(repository), before);
  });
  await withLock(changed(repository, { delete: denied }), shared, async () => {});
  await stock.run(['unlock']);
  await setImmediate();
  assert.equal((await lockFiles(repository)).length, 1);
});
