import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { findBlobs } from '#repository/kopia/access/blobs.ts';
import { identityText, ownIdentity } from '#repository/kopia/access/identity.ts';
import { initKopia } from '#repository/kopia/access/init.ts';
import { openKopia } from '#repository/kopia/access/open.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { rounds } from '#testbed/soak.ts';
import { hozonOn } from './hozon.ts';
import { changeSource, killLater, momentOf, start, succeed } from './killed-commands.ts';
import { quickPassword as password } from './quick-repository.ts';
import { type Facts, factsOf } from './same-trees.ts';

/** How often each command is killed. */
const kills = rounds(1);
/** How often more, at the first change, where no run was killed before it had ended. */
const spare = 10;
const otherPassword = 'another';

/** What a snapshot of the history holds. */
interface Taken {
  readonly id: string;
  readonly startTime: string;
  readonly facts: HeldFacts;
}

let directory: string;
let original: string;
let source: string;
let taken: readonly Taken[];
let now: HeldFacts;
let passwordFile: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-killed-kopia-'));
  [original, source] = [join(directory, 'original'), join(directory, 'source')];
  await mkdir(original);
  await mkdir(join(source, 'below/it'), { recursive: true });
  taken = await makeHistory();
  now = heldFacts(await factsOf(source));
  passwordFile = join(directory, 'password');
  await writeFile(passwordFile, otherPassword);
});
after(() => rm(directory, { recursive: true }));

/** Three snapshots by kopia of a directory whose files came, went and changed; it has meanwhile changed once more. */
async function makeHistory(): Promise<readonly Taken[]> {
  await using kopia = await stockKopia({ storage: { path: original }, password });
  await kopia.create();
  const all: Taken[] = [];
  for (let number = 0; number < 3; number++) {
    await changeSource(source, number);
    const { id, startTime } = (await kopia.json(['snapshot', 'create', source])) as Listed;
    all.push({ id, startTime, facts: heldFacts(await factsOf(source)) });
  }
  await changeSource(source, 3);
  return all;
}

interface Command {
  readonly words: (place: string) => readonly string[];
  /** Makes the copy of the history what the command is to work on. */
  readonly prepare?: (place: string) => Promise<void>;
  /** Which of the history's three snapshots the repository has to have once the command was killed; all unless told. */
  readonly lasting?: readonly number[];
  /** How many snapshots there are once it has ended, by how many there were. */
  readonly count: (before: number) => number;
  /** The repository was broken before: it is not looked at until the command has ended. */
  readonly broken?: boolean;
}

const commands: Readonly<Record<string, Command>> = {
  snapshot: { words: () => ['snapshot', source], count: before => before + 1 },
  forget: { words: () => ['forget', '--keep-last', '1', '--confirm'], lasting: [2], count: () => 1 },
  'maintenance run': {
    words: () => ['maintenance', 'run', '--full', '--safety', 'none'],
    prepare: async place => {
      const ids = taken.slice(0, 2).map(({ id }) => id);
      await hozonOn(place).run(['forget', ...ids, '--confirm']);
    },
    lasting: [2],
    count: () => 1,
  },
  copy: {
    words: place => ['copy', '--from-repo', join(place, '../from')],
    prepare: async place => {
      await rename(place, join(place, '../from'));
      const owner = identityText(ownIdentity());
      await initKopia(new FilesystemStore(place), { password: Buffer.from(password), owner });
    },
    lasting: [],
    count: () => 3,
  },
  pin: { words: () => ['pin', '--add', 'kept'], count: () => 3 },
  tag: { words: () => ['tag', '--add', 'kept:yes'], count: () => 3 },
  'key passwd': {
    words: () => ['key', 'passwd', '--new-password-file', passwordFile],
    count: before => before,
  },
  'repair index': {
    words: () => ['repair', 'index', '--read-all-packs'],
    prepare: loseIndexes,
    count: () => 3,
    broken: true,
  },
};

/** Every index is gone: packs have their own. */
async function loseIndexes(place: string): Promise<void> {
  const blobs = await findBlobs(new FilesystemStore(place));
  assert.ok(blobs !== undefined);
  for (const { id } of await Array.fromAsync(blobs.list('xn'))) await blobs.delete(id);
}

for (const [name, command] of Object.entries(commands)) {
  test(`${name}, killed at any moment, leaves a repository that kopia finds sound, and ends well when run again`, async t => {
    const { changes, milliseconds } = await inCopy(command, place => succeed(place, command.words(place)));
    assert.ok(changes > 3, `${changes} changes were seen`);
    let interrupted = 0;
    for (let round = 0; round < kills || (interrupted === 0 && round < kills + spare); round++) {
      const nth = round < kills ? momentOf(round, { changes, kills }) : 1;
      const wasKilled = await inCopy(command, async place => {
        const running = start(place, command.words(place), { nth });
        const killed = await killLater(running, { round: round < kills ? round : 0, milliseconds });
        const valid = await validPassword(place);
        const lasting = command.lasting ?? [0, 1, 2];
        await using kopia = await kopiaOn(place, valid);
        const found = command.broken === true ? 3 : await assertSound(kopia, place, lasting);
        await succeed(place, command.words(place), { RESTIC_PASSWORD: valid });
        await using after = name === 'key passwd' ? await kopiaOn(place, otherPassword) : undefined;
        const then = after ?? kopia;
        if (command.broken === true) await assertSound(then, place, lasting);
        else await then.run(['snapshot', 'verify', '--verify-files-percent=100']);
        assert.equal((await listed(then)).length, command.count(found));
        return killed;
      });
      if (wasKilled) interrupted++;
    }
    assert.ok(interrupted > 0, 'no run was killed before it had ended');
    t.diagnostic(`${interrupted} runs were killed before they had ended`);
  });
}

interface Listed {
  readonly id: string;
  readonly startTime: string;
  readonly incomplete?: string;
}

async function listed(kopia: Kopia): Promise<readonly Listed[]> {
  return (await kopia.json(['snapshot', 'list', '--all', '--incomplete'])) as readonly Listed[];
}

/** kopia finds nothing wrong, and every snapshot restores as it was. How many there are. */
async function assertSound(kopia: Kopia, place: string, lasting: readonly number[]): Promise<number> {
  await kopia.run(['snapshot', 'verify', '--verify-files-percent=100']);
  await kopia.run(['content', 'verify', '--full']);
  const all = await listed(kopia);
  for (const at of lasting) {
    assert.ok(all.some(({ startTime }) => startTime === taken[at]?.startTime));
  }
  for (const { id, startTime, incomplete } of all) {
    if (incomplete !== undefined) continue;
    const target = join(place, '../target');
    await kopia.run(['snapshot', 'restore', id, target]);
    const known = taken.find(each => each.startTime === startTime);
    assert.deepEqual(heldFacts(await factsOf(target)), known?.facts ?? now);
    await rm(target, { recursive: true });
  }
  return all.length;
}

type HeldFacts = ReadonlyMap<string, object>;

/** What kopia restores of each entry below the root: directories get other times. */
function heldFacts(facts: ReadonlyMap<string, Facts>): HeldFacts {
  return new Map(
    [...facts]
      .filter(([path]) => path !== '')
      .map(([path, { type, mode, uid, gid, mtime, content }]) => {
        const times = content === undefined ? {} : { mtime };
        return [path, { type, mode, uid, gid, content, ...times }];
      }),
  );
}

async function kopiaOn(place: string, valid: string): Promise<Kopia> {
  const kopia = await stockKopia({ storage: { path: place }, password: valid });
  await kopia.connect();
  return kopia;
}

/** Of the two passwords the one that opens the repository. */
async function validPassword(place: string): Promise<string> {
  try {
    await openKopia(new FilesystemStore(place), { password: Buffer.from(password) });
    return password;
  } catch (thrown) {
    assert.ok(isHozonError(thrown, 'repository.wrong-password'));
    return otherPassword;
  }
}

/** Works on a copy of the history, which is removed afterwards. */
async function inCopy<T>({ prepare }: Command, work: (place: string) => Promise<T>): Promise<T> {
  const own = await mkdtemp(join(directory, 'copy-'));
  const place = join(own, 'repository');
  await cp(original, place, { recursive: true, preserveTimestamps: true });
  await prepare?.(place);
  const result = await work(place);
  await rm(own, { recursive: true });
  return result;
}
