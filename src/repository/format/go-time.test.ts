import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { behindTime, formatTime } from './go-time.ts';

const year = 365n * 86_400_000_000_000n;
const times = fc.oneof(
  fc.bigInt(-2000n * year, 9000n * year),
  fc.bigInt(0n, 60n * year).map(time => time - (time % 1_000_000n)),
  fc.bigInt(-2_000_000_000n, 2_000_000_000n),
  fc.constantFrom(
    0n,
    1n,
    999_999_999n,
    1_000_000_000n,
    253_402_300_799_999_999_999n,
    253_402_300_800_000_000_000n,
  ),
);

test('a time’s own text is found where it is, and the text of another time is not', () => {
  const others = fc.oneof(
    times.map(time => () => time),
    fc
      .constantFrom(1n, -1n, 10n, 1_000n, 1_000_000_000n, 86_400_000_000_000n)
      .map(by => (time: bigint) => time + by),
  );
  fc.assert(
    fc.property(times, others, fc.string(), (time, other, before) => {
      const text = formatTime(time);
      const around = `${before}${text}`;
      assert.equal(behindTime(`${around}",`, time, before.length), around.length);
      assert.equal(behindTime(around, time, before.length), around.length);
      const isSame = formatTime(other(time)) === text;
      assert.equal(behindTime(around, other(time), before.length), isSame ? around.length : -1);
      assert.equal(behindTime(around.slice(0, -1), time, before.length), -1);
      assert.equal(behindTime(around, time, -1), -1);
      assert.equal(behindTime(around, time, before.length + 1), -1);
    }),
  );
});

test('no other spelling of a time is taken for its text', () => {
  fc.assert(
    fc.property(
      times,
      fc.nat(),
      fc.constantFrom(...'0123456789.Z-: '.split('')),
      (time, place, character) => {
        const text = formatTime(time);
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        assert.equal(behindTime(changed, time, 0), changed.startsWith(text) ? text.length : -1);
        const longer = text.slice(0, at) + character + text.slice(at);
        assert.equal(behindTime(longer, time, 0), longer.startsWith(text) ? text.length : -1);
      },
    ),
  );
});
