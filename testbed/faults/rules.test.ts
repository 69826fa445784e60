import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expired, type FaultRule, RuleBook, seededRandom } from './rules.ts';

const ask = (book: RuleBook, count: number, path = '/x'): (string | undefined)[] =>
  Array.from({ length: count }, () => book.decide('GET', path)?.name);

test('a rule fires from the nth request that fits, so many times', () => {
  const book = new RuleBook([{ name: 'r', method: 'GET', path: '/x', nth: 2, times: 2, fault: expired }]);
  book.decide('POST', '/x');
  book.decide('GET', '/other');
  assert.deepEqual(ask(book, 4), [undefined, 'r', 'r', undefined]);
  assert.deepEqual(book.count('r'), { matched: 4, fired: 2 });
});

test('the first rule that is due fires, and the others count too', () => {
  const rules: FaultRule[] = [
    { name: 'second', nth: 2, fault: expired },
    { name: 'all', times: Number.POSITIVE_INFINITY, path: /^\/x/, fault: expired },
  ];
  const book = new RuleBook(rules);
  assert.deepEqual(ask(book, 3), ['all', 'second', 'all']);
  assert.deepEqual(book.count('all'), { matched: 3, fired: 2 });
  assert.equal(book.fired, 3);
});

test('chance follows the seed', () => {
  const rule: FaultRule = { name: 'r', chance: 0.25, fault: expired };
  const run = (seed: number): string =>
    ask(new RuleBook([rule], seed), 2000)
      .map(name => (name ? '1' : '0'))
      .join('');
  assert.equal(run(7), run(7));
  assert.notEqual(run(7), run(8));
  const fired = run(7).replaceAll('0', '').length;
  assert.ok(fired > 400 && fired < 600, `${fired} of 2000`);
});

test('a seed that is zero or large makes numbers in [0, 1)', () => {
  for (const seed of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
    const random = seededRandom(seed);
    for (let i = 0; i < 1000; i++) {
      const drawn = random();
      assert.ok(drawn >= 0 && drawn < 1);
    }
  }
});

test('two rules of one name are a mistake', () => {
  const rule: FaultRule = { name: 'r', fault: expired };
  assert.throws(() => new RuleBook([rule, rule]), /must differ/);
  assert.throws(() => new RuleBook([]).count('r'), /no fault rule/);
});
