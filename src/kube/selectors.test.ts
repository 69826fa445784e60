import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { rounds } from '#testbed/soak.ts';
import { parseSelector } from './selector-text.ts';
import {
  formatSelector,
  fromLabelSelector,
  type LabelSelector,
  matches,
  type Requirement,
  toLabelSelector,
} from './selectors.ts';

const isInvalid = (thrown: unknown): boolean => isHozonError(thrown, 'kube.selector-invalid');

suite('selector text', () => {
  const accepted: [string, Requirement[]][] = [
    ['', []],
    ['app=web', [{ key: 'app', operator: 'In', values: ['web'] }]],
    ['app==web', [{ key: 'app', operator: 'In', values: ['web'] }]],
    [
      'app = web , tier != db',
      [
        { key: 'app', operator: 'In', values: ['web'] },
        { key: 'tier', operator: 'NotIn', values: ['db'] },
      ],
    ],
    ['tier in (front, back,front)', [{ key: 'tier', operator: 'In', values: ['front', 'back'] }]],
    ['tier notin (a,)', [{ key: 'tier', operator: 'NotIn', values: ['a', ''] }]],
    [
      'tls,!legacy',
      [
        { key: 'tls', operator: 'Exists', values: [] },
        { key: 'legacy', operator: 'DoesNotExist', values: [] },
      ],
    ],
    [
      'weight>3,weight<10',
      [
        { key: 'weight', operator: 'Gt', values: ['3'] },
        { key: 'weight', operator: 'Lt', values: ['10'] },
      ],
    ],
    ['app.kubernetes.io/name=', [{ key: 'app.kubernetes.io/name', operator: 'In', values: [''] }]],
    ['in in (in,notin)', [{ key: 'in', operator: 'In', values: ['in', 'notin'] }]],
  ];
  for (const [text, requirements] of accepted) {
    test(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseSelector(text), requirements));
  }

  const refused = [
    ',',
    'a,',
    'a=b,,c',
    '=a',
    'a in',
    'a in (',
    'a in (b',
    'a b',
    'a!b',
    '!',
    '!a=b',
    'a=b=c',
    '-a=b',
    'a=-b',
    'a>x',
    'a>',
    'UPPER.io/x/y=1',
    'Upper.io/x=1',
    `${'a'.repeat(64)}=b`,
    `a=${'b'.repeat(64)}`,
    'a in b',
    'a=(b)',
    'ü=1',
  ];
  for (const text of refused) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => parseSelector(text), isInvalid));
  }
});

test('matching treats absent labels as Kubernetes does', () => {
  const match = (text: string, labels: Record<string, string> | undefined): boolean =>
    matches(parseSelector(text), labels);
  assert.equal(match('', undefined), true);
  assert.equal(match('a!=b', {}), true);
  assert.equal(match('a notin (b)', undefined), true);
  assert.equal(match('a=b', {}), false);
  assert.equal(match('!a', {}), true);
  assert.equal(match('a', { a: '' }), true);
  assert.equal(match('a=', { a: '' }), true);
  assert.equal(match('a>3', { a: '10' }), true);
  assert.equal(match('a>3', { a: 'ten' }), false);
  assert.equal(match('a<3', {}), false);
  assert.equal(match('constructor', {}), false);
});

test('a LabelSelector becomes text and back', () => {
  const json: LabelSelector = {
    matchLabels: { app: 'web', 'example.org/x': '' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'env', operator: 'NotIn', values: ['dev'] },
      { key: 'tls', operator: 'Exists' },
      { key: 'old', operator: 'DoesNotExist', values: [] },
    ],
  };
  const selector = fromLabelSelector(json);
  assert.equal(formatSelector(selector), 'app=web,example.org/x=,tier in (a,b),env!=dev,tls,!old');
  assert.deepEqual(fromLabelSelector(toLabelSelector(selector)), selector);
  assert.deepEqual(toLabelSelector(parseSelector('a=1,a=2')), {
    matchLabels: { a: '1' },
    matchExpressions: [{ key: 'a', operator: 'In', values: ['2'] }],
  });
});

test('what a LabelSelector cannot say or must not say is refused', () => {
  assert.throws(() => toLabelSelector(parseSelector('a>1')), isInvalid);
  assert.throws(
    () => fromLabelSelector({ matchExpressions: [{ key: 'a', operator: 'In', values: [] }] }),
    isInvalid,
  );
  assert.throws(
    () => fromLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] }),
    isInvalid,
  );
  assert.throws(
    () => fromLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] }),
    isInvalid,
  );
  assert.throws(() => fromLabelSelector({ matchLabels: { 'a b': 'c' } }), isInvalid);
});

const word = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,8}[A-Za-z0-9])?$/);
const key = fc.oneof(
  word,
  fc.tuple(fc.constantFrom('example.org', 'a-b.c'), word).map(([p, n]) => `${p}/${n}`),
);
const value = fc.oneof(word, fc.constant(''));
const requirement: fc.Arbitrary<Requirement> = fc
  .oneof(
    fc.tuple(
      key,
      fc.constantFrom('In' as const, 'NotIn' as const),
      fc.uniqueArray(value, { minLength: 1, maxLength: 4 }),
    ),
    fc.tuple(key, fc.constantFrom('Exists' as const, 'DoesNotExist' as const), fc.constant([])),
    fc.tuple(
      key,
      fc.constantFrom('Gt' as const, 'Lt' as const),
      fc.nat().map(n => [String(n)]),
    ),
  )
  .map(([key, operator, values]) => ({ key, operator, values }));
const labels = fc.dictionary(key, fc.oneof(value, fc.nat().map(String)));

test('text is read back as it was meant', () => {
  fc.assert(
    fc.property(fc.array(requirement), selector => {
      assert.deepEqual(parseSelector(formatSelector(selector)), selector);
    }),
  );
});

test('a LabelSelector matches what its selector matches', () => {
  fc.assert(
    fc.property(
      fc.array(requirement.filter(r => r.operator !== 'Gt' && r.operator !== 'Lt')),
      labels,
      (selector, labels) => {
        assert.equal(
          matches(fromLabelSelector(toLabelSelector(selector)), labels),
          matches(selector, labels),
        );
      },
    ),
  );
});

test('no text does anything but parse or be refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab=!,()<> inot1./-')) }), text => {
      try {
        assert.deepEqual(parseSelector(formatSelector(parseSelector(text))), parseSelector(text));
      } catch (thrown) {
        if (!isInvalid(thrown)) throw thrown;
      }
    }),
    { numRuns: rounds(250) },
  );
});
