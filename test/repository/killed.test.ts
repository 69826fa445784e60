import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import type { Restic } from '#testbed/restic.ts';
import { rounds } from '#testbed/soak.ts';
import { History, killLater, momentOf, resticOn, start, succeed } from './killed-commands.ts';
import { makeQuickRepository, quickPassword } from './quick-repository.ts';
import { assertSameFacts, type Facts, factsOf } from './same-trees.ts';
import { opened } from './tidied-history.ts';

/** How often each command is killed, and one that writes little or does a part of what another does. */
const [often, seldom] = [rounds(2), rounds(1)];
/** How often more, at the first change, where no run was killed before it had ended. */
const spare = 10;

let directory: string;
let history: History;
let now: Map<string, Facts>;
let somePacks: readonly string[] = [];
let passwordFile: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-killed-repository-'));
  history = await History.in(directory);
  now = await factsOf(history.source);
  const packs = await Array.fromAsync(new FilesystemStore(history.place).list('data/'));
  somePacks = packs.slice(0, 3).map(({ key }) => basename(key));
  passwordFile = join(directory, 'password');
  await writeFile(passwordFile, quickPassword);
});
after(() => rm(directory, { recursive: true }));

interface Command {
  readonly words: (place: string) => readonly string[];
  /** Makes the copy of the history what the command is to work on. */
  readonly prepare?: (place: string, restic: Restic) => Promise<void>;
  /** Which of the history's three snapshots the repository has to have, or a successor of, once the command was killed. */
  readonly lasting?: readonly number[];
  /** How many snapshots there are once it has ended, by how many there were. */
  readonly count: (before: number) => number;
  /** What a snapshot has to hold that took the place of another; all of it unless told. */
  readonly successor?: (facts: Map<string, Facts>) => Map<string, Facts>;
  readonly kills?: number;
  /** The repository was broken before: it is not looked at until the command has ended. */
  readonly broken?: boolean;
}

const commands: Readonly<Record<string, Command>> = {
  snapshot: { words: () => ['snapshot', history.source], count: before => before + 1 },
  forget: {
    words: () => ['forget', '--keep-last', '1', '--confirm'],
    lasting: [2],
    count: () => 1,
    kills: seldom,
  },
  'forget with prune': {
    words: () => ['forget', '--keep-last', '1', '--prune', '--confirm'],
    lasting: [2],
    count: () => 1,
  },
  prune: {
    words: () => ['prune', '--max-unused', '0'],
    prepare: async (_, restic) => void (await restic.run(['forget', '--keep-last', '1'])),
    lasting: [2],
    count: () => 1,
    kills: seldom,
  },
  copy: {
    words: place => ['copy', '--from-repo', join(place, '../from')],
    prepare: async place => {
      await rename(place, join(place, '../from'));
      await makeQuickRepository(new FilesystemStore(place));
    },
    lasting: [],
    count: () => 3,
  },
  'repair index': {
    words: () => ['repair', 'index', '--read-all-packs'],
    count: before => before,
    kills: seldom,
  },
  'repair packs': { words: () => ['repair', 'packs', ...somePacks], count: before => before },
  'repair snapshots': {
    words: () => ['repair', 'snapshots', '--forget'],
    prepare: loseData,
    count: () => 3,
    kills: seldom,
    broken: true,
  },
  recover: {
    words: () => ['recover'],
    prepare: place => rm(join(place, 'snapshots'), { recursive: true }),
    count: () => 1,
    kills: seldom,
    broken: true,
  },
  rewrite: {
    words: () => ['rewrite', '--exclude', 'large *', '--forget'],
    successor: facts => new Map([...facts].filter(([path]) => !path.includes('large'))),
    count: () => 3,
    kills: seldom,
  },
  tag: { words: () => ['tag', '--add', 'kept'], count: () => 3, kills: seldom },
  'key add': {
    words: () => ['key', 'add', '--new-password-file', passwordFile],
    count: before => before,
    kills: seldom,
  },
  'key passwd': {
    words: () => ['key', 'passwd', '--new-password-file', passwordFile],
    count: before => before,
    kills: seldom,
  },
};

/** A pack with contents of files is gone, and the indexes have forgotten it. */
async function loseData(place: string, restic: Restic): Promise<void> {
  const { index } = await opened(place);
  const { pack } = index.place(Array.from({ length: index.size }).findIndex((_, at) => !index.isTree(at)));
  await rm(join(place, 'data', pack.slice(0, 2), pack));
  await restic.run(['repair', 'index']);
}

for (const [name, command] of Object.entries(commands)) {
  test(`${name}, killed at any moment, leaves a sound repository, and ends well when run again`, async t => {
    const { changes, milliseconds } = await inCopy(command, async place =>
      succeed(place, command.words(place)),
    );
    assert.ok(changes > 3, `${changes} changes were seen`);
    const { kills = often } = command;
    let interrupted = 0;
    for (let round = 0; round < kills || (interrupted === 0 && round < kills + spare); round++) {
      const nth = round < kills ? momentOf(round, { changes, kills }) : 1;
      const wasKilled = await inCopy(command, async (place, restic) => {
        const running = start(place, command.words(place), { nth });
        const killed = await killLater(running, { round: round < kills ? round : 0, milliseconds });
        await restic.run(['unlock']);
        if (command.broken !== true) await assertSound(place, restic, command);
        const { length } = await idsIn(place);
        await succeed(place, command.words(place));
        await restic.run(['check', '--read-data']);
        assert.equal((await idsIn(place)).length, command.count(length));
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
  readonly original?: string;
}

/** What restic does after a crash finds nothing wrong, and every snapshot restores as it was. */
async function assertSound(
  place: string,
  restic: Restic,
  { lasting = [0, 1, 2], successor = facts => facts }: Command,
): Promise<void> {
  await restic.run(['check', '--read-data']);
  const listed = JSON.parse(await restic.run(['snapshots', '--json'])) as Listed[];
  const ids = listed.flatMap(({ id, original = id }) => [id, original]);
  const expected = lasting.map(at => history.taken[at]?.id ?? '');
  assert.ok(
    expected.every(id => ids.includes(id)),
    `${expected.join(' ')} are not all among ${ids.join(' ')}`,
  );
  for (const { id, original = id } of listed) {
    const target = join(place, '../target');
    await restic.run(['restore', id, '--target', target]);
    const facts = history.taken.find(each => each.id === original)?.facts ?? now;
    const restored = await factsOf(join(target, history.source));
    assertSameFacts(restored, id === original ? facts : successor(facts));
    await rm(target, { recursive: true });
  }
}

async function idsIn(place: string): Promise<readonly string[]> {
  return Array.fromAsync(new FilesystemStore(place).list('snapshots/'), ({ key }) => key);
}

/** Works on a copy of the history, which is removed afterwards. */
async function inCopy<T>(
  { prepare }: Command,
  work: (place: string, restic: Restic) => Promise<T>,
): Promise<T> {
  const own = await mkdtemp(join(directory, 'copy-'));
  const place = join(own, 'repository');
  await cp(history.place, place, { recursive: true, preserveTimestamps: true });
  await using restic = await resticOn(place);
  await prepare?.(place, restic);
  const result = await work(place, restic);
  await rm(own, { recursive: true });
  return result;
}
