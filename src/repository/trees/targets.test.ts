import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTargets, type TargetTree } from './targets.ts';

/** Directories by what they hold; what is not named here cannot be listed. */
const directories: Readonly<Record<string, readonly string[]>> = {
  '.': ['b', 'a'],
  '..': ['here', 'next'],
  '/': ['etc', 'home'],
  '/home': ['me', 'you'],
  '/home/me': ['x', 'y'],
  a: ['b', 'c'],
  'a/b': ['d'],
};

function list(directory: string): readonly string[] {
  const names = directories[directory];
  if (names === undefined) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
  return names;
}

/** `etc/ssh=/etc/ssh`: what is stored where; a directory on the way says which one it is: `etc(/etc)`. */
function drawn({ nodes }: TargetTree): readonly string[] {
  return [...nodes].flatMap(([name, node]) => {
    if (node.stored !== undefined) return [`${name}=${node.stored}`];
    return drawn(node).map(line => `${name}(${node.passed})/${line}`);
  });
}

const layouts: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['/home/me/'], ['home(/home)/me=/home/me']],
  [['a/b'], ['a(a)/b=a/b']],
  [['./a/../a//b'], ['a(a)/b=a/b']],
  [['.'], ['a=a', 'b=b']],
  [['..'], ['here=../here', 'next=../next']],
  [['/'], ['etc=/etc', 'home=/home']],
  [['../next/x'], ['next(../next)/x=../next/x']],
  [['../../x/y'], ['x(../../x)/y=../../x/y']],
  [['/home', '/home'], ['home=/home']],
  [
    ['/home', '/home/me'],
    ['home(/home)/me=/home/me', 'home(/home)/you=/home/you'],
  ],
  [
    ['/home/me/x', '/home'],
    [
      'home(/home)/me(/home/me)/x=/home/me/x',
      'home(/home)/me(/home/me)/y=/home/me/y',
      'home(/home)/you=/home/you',
    ],
  ],
  [
    ['a/b', '.'],
    ['a(a)/b=a/b', 'a(a)/c=a/c', 'b=b'],
  ],
  [
    ['x', '/x', '../x', '../x/y'],
    ['x-1=/x', 'x-2(../x)/y=../x/y', 'x=x'],
  ],
  [
    ['x/1', '/x/2', 'x/3'],
    ['x(x)/1=x/1', 'x(x)/3=x/3', 'x-1(/x)/2=/x/2'],
  ],
];

for (const [targets, expected] of layouts) {
  test(`the layout of ${targets.join(' ')}`, () => {
    const { tree, unlisted } = planTargets(targets, list);
    assert.deepEqual(drawn(tree).toSorted(), expected.toSorted());
    assert.deepEqual(
      unlisted.map(({ path }) => path),
      targets.includes('../x/y') ? ['../x'] : [],
    );
  });
}
