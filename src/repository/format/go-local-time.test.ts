import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { localTime } from './go-local-time.ts';
import { formatTime, parseTime } from './go-time.ts';

const zone = process.env['TZ'];
after(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

function inZone(name: string, nanoseconds: bigint): string {
  process.env['TZ'] = name;
  return localTime(nanoseconds);
}

test('the offset is that of the moment, final zeros are left out', () => {
  const winter = 1_767_323_045_000_000_000n;
  const summer = 1_782_961_445_120_000_007n;
  assert.equal(inZone('Europe/Amsterdam', winter), '2026-01-02T04:04:05+01:00');
  assert.equal(inZone('Europe/Amsterdam', summer), '2026-07-02T05:04:05.120000007+02:00');
  assert.equal(inZone('Europe/London', winter), '2026-01-02T03:04:05Z');
  assert.equal(inZone('Asia/Kolkata', winter + 500_000_000n), '2026-01-02T08:34:05.5+05:30');
  assert.equal(inZone('America/St_Johns', summer), '2026-07-02T00:34:05.120000007-02:30');
  assert.equal(inZone('UTC', -1n), '1969-12-31T23:59:59.999999999Z');
});

test('offsets of the past have seconds, which the zone leaves out', () => {
  assert.equal(inZone('Asia/Tokyo', -3_000_000_000_000_000_000n), '1874-12-08T03:58:59+09:18');
});

test('years beyond four digits become the nearest that have them', () => {
  assert.match(inZone('UTC', 300_000_000_000_000_000_000n), /^9999-/);
  assert.match(inZone('UTC', -70_000_000_000_000_000_000n), /^0000-/);
  assert.match(inZone('UTC', 10n ** 26n), /^9999-/);
});

test('what is written is read as the same moment, in every zone of today', () => {
  const moment = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n });
  const zones = fc.constantFrom('UTC', 'Asia/Tokyo', 'Europe/Berlin', 'America/New_York', 'Australia/Eucla');
  fc.assert(fc.property(moment, zones, (at, name) => parseTime(inZone(name, at)) === at));
  fc.assert(fc.property(moment, at => inZone('UTC', at) === formatTime(at)));
});
