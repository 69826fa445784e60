import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sumOf } from './fairness.ts';
import { growthTable } from './repository-growth.ts';
import { type Measured, median, tableOf } from './table.ts';

function run(who: Measured['who'], wallSeconds: number): Measured {
  const load = { requests: 10, rejected: 0, queued: 0, queuedSeconds: 0, serverCpuSeconds: 1 };
  return { who, load, usage: { wallSeconds, cpuSeconds: 1, peakMib: 100 } };
}

test('the table compares medians and shows the spread of several runs', () => {
  const runs = [run('Hozon', 2), run('Velero', 50), run('Velero', 40), run('Hozon', 4), run('Hozon', 9)];
  const [, , wall, , memory] = tableOf({ backup: runs }).split('\n');
  assert.equal(wall, '| backup: wall time, s | 4.0 (2.0–9.0) | 45.0 (40.0–50.0) | 1 : 11.3 |');
  assert.equal(memory, '| backup: peak memory of its process, MiB | 100 | 100 | 1.00 |');
});

test('the median of an even number of values lies between the middle ones', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([3, 1, 2]), 2);
  assert.ok(Number.isNaN(median([])));
});

test('growth is what a thousand files more take between the two largest sizes', () => {
  const at = (files: number, cpuSeconds: number, peakMib: number) => ({
    who: 'restic',
    step: 'check',
    stored: 2 * 1024 * 1024,
    files,
    usage: { wallSeconds: 1, cpuSeconds, peakMib },
  });
  const table = growthTable(
    [at(4000, 2, 60), at(1000, 1, 50), at(4000, 3, 62), at(2000, 1.5, 55)],
    ['check'],
  );
  const cells = ['1000 · 2000 · 4000', '1.0 · 1.0 · 1.0', '1.0 · 1.5 · 2.5', '50 · 55 · 61', '2 · 2 · 2'];
  assert.equal(table.split('\n')[2], `| check | restic | ${cells.join(' | ')} | 500 | 3072 |`);
});

test('series of a metric are summed up where all labels fit', () => {
  const metrics = [
    '# TYPE requests_total counter',
    'requests_total{flow_schema="a",level="x"} 3',
    'requests_total{flow_schema="a",level="y"} 4e+02',
    'requests_total{flow_schema="b",level="x"} 50',
    'requests_total_more{flow_schema="a"} 1',
    'process_cpu_seconds_total 1.5',
  ].join('\n');
  assert.equal(sumOf(metrics, 'requests_total', ['flow_schema="a"']), 403);
  assert.equal(sumOf(metrics, 'requests_total', ['flow_schema="a"', 'level="x"']), 3);
  assert.equal(sumOf(metrics, 'process_cpu_seconds_total', []), 1.5);
  assert.equal(sumOf(metrics, 'nothing', []), 0);
});
