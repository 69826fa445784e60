import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** Floors from the bottom; a folder that is not named here may not exist. */
const floors = [
  ['foundation'],
  ['api'],
  ['kube', 'storage', 'archive', 'repository', 'remote', 'steps'],
  ['projects', 'backup', 'restore', 'volumes', 'etcd', 'hosts', 'hosted-clusters'],
  ['environment', 'runbooks', 'assurance'],
  ['cli', 'operator', 'agent', 'console'],
];

/** Who may import whom on one floor. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  archive: ['kube', 'storage'],
  repository: ['storage'],
  backup: ['volumes'],
  restore: ['volumes'],
  'hosted-clusters': ['etcd'],
  runbooks: ['environment'],
  assurance: ['environment'],
};

const root = join(import.meta.dirname, '..');

test('every folder imports only from floors below, or from its named neighbours', () => {
  assert.deepEqual([...sourceImports()].filter(isBreach).map(describe), []);
});

test('what is published imports neither tests nor the testbed', () => {
  const outside = [...sourceImports()].filter(
    each => (each.to === undefined && !each.target.endsWith('/package.json')) || each.test,
  );
  assert.deepEqual(outside.map(describe), []);
});

test('no format of a repository knows another, and the rooms that they share know none', () => {
  const breaches = [...relativeImports('src/repository')].filter(({ file, target }) => {
    const [from, to] = [formatOf(file), formatOf(target)];
    return to !== undefined && from !== to;
  });
  assert.deepEqual(breaches, []);
});

function formatOf(path: string): string | undefined {
  return /^src\/repository\/(restic|kopia)\//.exec(path)?.[1];
}

function* relativeImports(folder: string): Generator<{ readonly file: string; readonly target: string }> {
  for (const file of globSync(`${folder}/**/*.ts`, { cwd: root }).filter(isPublished)) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      yield { file, target: join(dirname(file), target) };
    }
  }
}

test('a breach would be seen', () => {
  const breach = { file: 'src/kube/x.ts', from: 'kube', to: 'cli', target: '#cli/y.ts', test: false };
  assert.equal(isBreach(breach), true);
  assert.equal(isBreach({ ...breach, from: 'cli', to: 'kube' }), false);
  assert.equal(isBreach({ ...breach, from: 'kube', to: 'storage' }), true);
});

interface Import {
  readonly file: string;
  readonly from: string;
  /** The folder under `src/`; undefined where the target is outside it. */
  readonly to: string | undefined;
  readonly target: string;
  readonly test: boolean;
}

function floorOf(folder: string): number {
  const floor = floors.findIndex(each => each.includes(folder));
  assert.notEqual(floor, -1, `src/${folder} is on no floor: name it in this test`);
  return floor;
}

function isBreach({ from, to }: Import): boolean {
  if (to === undefined || to === from) return false;
  return floorOf(to) >= floorOf(from) && neighbours[from]?.includes(to) !== true;
}

function describe({ file, target }: Import): string {
  return `${file} imports ${target}`;
}

function* sourceImports(): Generator<Import> {
  for (const file of globSync('src/*/**/*.ts', { cwd: root }).filter(isPublished)) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/(?:from|import)\s*\(?\s*'([#.][^']+)'/g)) {
      yield imported(file, target);
    }
  }
}

/** Tests, and what only tests use, may reach further. */
function isPublished(file: string): boolean {
  return !file.endsWith('.test.ts') && !file.includes('/testing/') && !file.endsWith('/testing.ts');
}

function imported(file: string, target: string): Import {
  const path = target.startsWith('#')
    ? `src/${target.slice(1)}`
    : relative(root, join(root, dirname(file), target));
  const from = file.split('/')[1] ?? '';
  const inside = !target.startsWith('#testbed/') && path.startsWith('src/');
  const to = inside && path.split('/').length > 2 ? path.split('/')[1] : undefined;
  return { file, from, to, target, test: !isPublished(path) };
}
