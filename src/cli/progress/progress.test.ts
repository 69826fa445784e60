import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { CapturedStream, HeldClock } from '../testing.ts';
import { BarPrinter, barLine, cut } from './bar.ts';
import { JsonPrinter } from './json.ts';
import { lazyPrinter } from './lazy.ts';
import { Meter } from './meter.ts';
import { progressPrinter } from './printer.ts';

function terminal(columns = 80) {
  const stream = new CapturedStream({ isTTY: true, columns });
  const clock = new HeldClock();
  return { stream, clock, language: 'en' as const };
}

test('a bar shows phase, share, rate and what is left, in one line that is redrawn', () => {
  const options = terminal();
  const printer = new BarPrinter(options);
  printer.report({ phase: 'upload', done: 0, total: 4096, unit: 'bytes' });
  options.clock.advance(1000);
  printer.report({ phase: 'upload', done: 1024, total: 4096, unit: 'bytes', current: 'a' });
  const line = options.stream.text.split('\r\u001b[2K').at(-1);
  assert.equal(line, 'Uploading  [====>            ]  25%  1.0 KiB/4.0 KiB  1.0 KiB/s  1.0s  ETA 3.0s');
  assert.ok(!options.stream.text.includes('\n'));
});

test('a bar is redrawn ten times a second at most, and leaves the terminal as it was', () => {
  const options = terminal();
  const printer = new BarPrinter(options);
  for (let done = 0; done < 1000; done++) {
    printer.report({ phase: 'collect', done, unit: 'items' });
    options.clock.advance(1);
  }
  assert.ok(options.stream.text.split('\r\u001b[2K').length <= 12);
  assert.ok(options.stream.text.startsWith('\u001b[?25l'));
  printer.stop();
  printer.stop();
  assert.ok(options.stream.text.endsWith('\r\u001b[2K\u001b[?25h'));
  const length = options.stream.text.length;
  printer.report({ phase: 'collect', done: 5000, unit: 'items' });
  assert.equal(options.stream.text.length, length);
});

test('the time goes on while nothing is reported, until the bar is stopped', t => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const options = terminal();
  const printer = new BarPrinter(options);
  printer.report({ phase: 'hooks', done: 1, unit: 'items' });
  options.clock.advance(3000);
  t.mock.timers.tick(1000);
  assert.match(options.stream.text.split('\r\u001b[2K').at(-1) ?? '', /^Running hooks {2}1 {2}3\.0s$/);
  printer.stop();
  const { length } = options.stream.text;
  options.clock.advance(3000);
  t.mock.timers.tick(3000);
  assert.equal(options.stream.text.length, length);
});

test('what is written meanwhile stands beside the items', () => {
  const options = terminal();
  const printer = new BarPrinter(options);
  printer.report({ phase: 'collect', done: 7, unit: 'items', current: 'pods a/b' });
  printer.report({ phase: 'upload', done: 2048, unit: 'bytes' });
  options.clock.advance(1000);
  printer.report({ phase: 'upload', done: 3072, unit: 'bytes' });
  const line = options.stream.text.split('\r\u001b[2K').at(-1);
  assert.equal(line, 'Collecting  7  3.0 KiB  1.0s  pods a/b');
});

test('what goes with another phase stands beside it, however often they take turns', () => {
  const options = terminal(100);
  const printer = new BarPrinter(options);
  printer.report({ phase: 'store', done: 1, unit: 'items', current: 'a' });
  for (const done of [1024, 2048]) {
    printer.report({ phase: 'store', done: done / 512, total: 8, unit: 'items', current: 'a', aside: true });
    printer.report({ phase: 'read', done, total: 4096, unit: 'bytes', current: 'a' });
    options.clock.advance(1000);
  }
  printer.report({ phase: 'store', done: 5, total: 8, unit: 'items', current: 'a', aside: true });
  const line = options.stream.text.split('\r\u001b[2K').at(-1);
  assert.equal(
    line,
    'Reading  [==========>         ]  50%  2.0 KiB/4.0 KiB  1.0 KiB/s  5/8  2.0s  ETA 2.0s  a',
  );
});

test('other text goes above the bar', () => {
  const options = terminal();
  const printer = new BarPrinter(options);
  printer.report({ phase: 'apply', done: 1, total: 2, unit: 'items' });
  printer.print('remark\n');
  const erased = '\r\u001b[2K\u001b[?25h';
  assert.ok(options.stream.text.includes(`${erased}remark\n\u001b[?25l\r\u001b[2KRestoring`));
});

test('the line fits the terminal, however narrow, in Japanese too', () => {
  const parts = { name: 'アップロード', numbers: '25%  1.0 KiB/4.0 KiB', current: 'プロジェクト/ショップ' };
  for (const width of [10, 24, 39, 60, 79, 120]) {
    assert.ok(stringWidth(barLine(parts, { done: 1, total: 4 }, width)) <= width, String(width));
  }
  assert.match(barLine(parts, { done: 1, total: 4 }, 120), /プロジェクト\/ショップ$/);
  assert.equal(cut('日本語', 5), '日本…');
  assert.equal(cut('日本語', 6), '日本語');
});

test('a name with an escape in it cannot touch the terminal', () => {
  const options = terminal(120);
  new BarPrinter(options).report({ phase: 'collect', done: 1, unit: 'items', current: 'x\u001b[2Jy' });
  assert.ok(stripVTControlCharacters(options.stream.text).includes('x\ufffd[2Jy'));
});

test('JSON lines: first, last and once a second between', () => {
  const { stream, clock } = terminal();
  const printer = new JsonPrinter({ stream, clock });
  for (let done = 0; done <= 25; done++) {
    printer.report({ phase: 'collect', done, unit: 'items' });
    clock.advance(100);
  }
  printer.report({ phase: 'upload', done: 1, total: 1, unit: 'bytes', current: 'k' });
  printer.stop();
  const lines = stream.text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.map(line => [line['phase'], line['done']]),
    [
      ['collect', 0],
      ['collect', 10],
      ['collect', 20],
      ['upload', 1],
      ['collect', 25],
    ],
  );
  assert.deepEqual(lines[3], {
    type: 'progress',
    time: '2026-01-02T03:04:07.600Z',
    phase: 'upload',
    done: 1,
    total: 1,
    unit: 'bytes',
    current: 'k',
  });
});

test('auto means a bar on a terminal, JSON lines elsewhere and on a dumb terminal', () => {
  const options = terminal();
  const plain = { ...options, stream: new CapturedStream() };
  assert.ok(progressPrinter('auto', {}, options) instanceof BarPrinter);
  assert.ok(progressPrinter('auto', { TERM: 'dumb' }, options) instanceof JsonPrinter);
  assert.ok(progressPrinter('auto', {}, plain) instanceof JsonPrinter);
  assert.ok(progressPrinter('bar', {}, plain) instanceof BarPrinter);
  assert.ok(progressPrinter('json', {}, options) instanceof JsonPrinter);
  progressPrinter('none', {}, options).report({ phase: 'x', done: 1, unit: 'items' });
  assert.equal(options.stream.text, '');
});

test('a run that ends before the printer is loaded still tells its last state', async () => {
  const { stream, clock } = terminal();
  const printer = lazyPrinter('json', {}, { stream, clock, language: 'en' });
  printer.report({ phase: 'collect', done: 1, unit: 'items' });
  printer.report({ phase: 'collect', done: 2, unit: 'items' });
  await printer.ready();
  printer.stop();
  assert.match(stream.text, /"done":2/);
});

test('the rate is that of the last seconds, and a phase that begins anew is measured anew', () => {
  const meter = new Meter(1000);
  meter.add({ done: 0 }, 0);
  assert.equal(meter.rate(), undefined);
  meter.add({ done: 100 }, 1000);
  assert.equal(meter.rate(), 100);
  assert.equal(meter.remaining(200), 1000);
  assert.equal(meter.remaining(undefined), undefined);
  meter.add({ done: 10 }, 1200);
  assert.equal(meter.rate(), undefined);
  meter.add({ done: 20 }, 2200);
  assert.equal(meter.rate(), 10);
});
