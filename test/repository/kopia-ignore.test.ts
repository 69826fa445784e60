import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { kopiaWalkingSource } from '#repository/kopia/walking/walking-source.ts';
import { type Kopia, stockKopia } from '#testbed/kopia.ts';
import { rounds } from '#testbed/soak.ts';

let directory: string;
let kopia: Kopia;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-kopia-ignore-'));
  const identity = { username: 'user', hostname: 'host' };
  kopia = await stockKopia({
    storage: { path: join(directory, 'repository') },
    password: 'secret',
    identity,
  });
  await mkdir(join(directory, 'repository'));
  await kopia.create();
});
after(async () => {
  await kopia[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** A directory of its own: files, `/` at the end of directories, and the lines of rules in some of them. */
interface Case {
  readonly paths: readonly string[];
  readonly rules: readonly { readonly at: string; readonly lines: readonly string[] }[];
}

const name = fc.constantFrom(
  'a',
  'b',
  'ab',
  'a.b',
  '.a',
  'A',
  'c d',
  'ä',
  '日',
  '-',
  'x-1',
  '[a]',
  '!b',
  '#a',
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'));
const pieces = ['a', 'b', 'ab', '.', '*', '**', '?', '/', '!', '\\', '[ab]', '[!a]', '[a-c]', '[[:alpha:]]'];
const oddPieces = [
  '[[:upper:]]',
  '[',
  ']',
  '-',
  ' ',
  '#',
  'ä',
  '日',
  '[^a]',
  '[\\]]',
  '[[:space:]x]',
  'd',
  '1',
];
const pattern = fc.oneof(
  path,
  path.map(text => `/${text}`),
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map(parts => parts.join('')),
  fc
    .array(fc.constantFrom(...pieces, ...oddPieces), { minLength: 1, maxLength: 7 })
    .map(parts => parts.join('')),
  fc.constantFrom('*', '**', '!*', '/', '/*', '*/', '**/a', 'a/**', 'a/**/b', '  a  ', 'a\\ ', '# a', ''),
);
const oneCase: fc.Arbitrary<Case> = fc.record({
  paths: fc.array(path, { minLength: 1, maxLength: 10 }),
  rules: fc.array(
    fc.record({
      at: fc.oneof(fc.constant(''), path),
      lines: fc.array(pattern, { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

async function lay(root: string, { paths, rules }: Case): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const each of paths) await put(join(root, each), each);
  for (const { at, lines } of rules) await put(join(root, at, '.kopiaignore'), `${lines.join('\n')}\n`);
}

/** Where one path makes a file of what another takes for a directory, the first stays. */
async function put(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EEXIST', 'ENOTDIR', 'EISDIR'].includes(code)) throw error;
  }
}

/** What our walk of a directory tells, directories with a final slash. */
async function walked(root: string): Promise<string[]> {
  const paths: string[] = [];
  await using source = kopiaWalkingSource(Buffer.from(root), { threaded: true });
  for await (const events of source.events({})) {
    for (const event of events) {
      if (event.kind !== 'entry' || event.entry.path.length === 0) continue;
      paths.push(`${event.entry.path.toString()}${event.entry.type === 'dir' ? '/' : ''}`);
    }
  }
  return paths.sort();
}

/** What the snapshot holds that the real kopia makes; rules that it refuses are errors of single directories there. */
async function stored(root: string): Promise<string[]> {
  await kopia.end(['snapshot', 'create', root]);
  const snapshots = (await kopia.json(['snapshot', 'list', root])) as { rootEntry: { obj: string } }[];
  const object = snapshots.at(-1)?.rootEntry.obj ?? '';
  const listed = (await kopia.run(['ls', '-r', object])).split('\n').filter(line => line !== '');
  return listed.map(line => line.slice(object.length + 1).replace(/ \(\d+ errors\)$/, '')).sort();
}

test('rules in files leave out what kopia leaves out', async () => {
  const root = join(directory, 'by-files');
  const cases = fc.sample(oneCase, rounds(200));
  for (const [at, each] of cases.entries()) await lay(join(root, `case-${at}`), each);
  const [ours, theirs] = [await walked(root), await stored(root)];
  for (const [at, each] of cases.entries()) {
    const of = (paths: readonly string[]) => paths.filter(found => found.startsWith(`case-${at}/`));
    assert.deepEqual(of(ours), of(theirs), JSON.stringify(each));
  }
  assert.ok(ours.length > cases.length);
});
