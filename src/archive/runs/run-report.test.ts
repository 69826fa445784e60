import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { Message } from '#foundation/language.ts';
import { countOf } from '../stored/results.ts';
import { formatLine } from './run-log.ts';
import { createRunReport, findingLimit } from './run-report.ts';

const clock = {
  now: () => new Date('2026-11-21T07:00:00.123Z'),
  monotonic: () => 0,
  sleep: async () => {},
};

function text(en: string): Message {
  return { en: () => en, ja: () => `「${en}」` };
}

test('findings are in the results where they belong, in the log in their order, and counted', async () => {
  const report = createRunReport(clock);
  report.info('it begins');
  report.warning(text('it has no owner'), { resource: 'pods', namespace: 'apps', name: 'web' });
  report.error(text('it is in the way'), {
    resource: 'clusterroles.rbac.authorization.k8s.io',
    name: 'view',
  });
  report.error(text('the API server is slow'));
  report.error(text('it cannot be listed'), { resource: 'pods', namespace: 'constructor' });
  assert.deepEqual([report.warnings, report.errors, report.findings.length], [1, 3, 4]);
  assert.deepEqual(report.results(), {
    warnings: { namespaces: { apps: ['pods/web: it has no owner'] } },
    errors: {
      velero: ['the API server is slow'],
      cluster: ['clusterroles.rbac.authorization.k8s.io/view: it is in the way'],
      namespaces: { constructor: ['pods: it cannot be listed'] },
    },
  });
  assert.equal(countOf(report.results().errors), 3);
  assert.equal(
    gunzipSync(await report.log()).toString(),
    [
      'time="2026-11-21T07:00:00Z" level=info msg="it begins"',
      'time="2026-11-21T07:00:00Z" level=warning msg="it has no owner" resource=pods namespace=apps name=web',
      'time="2026-11-21T07:00:00Z" level=error msg="it is in the way" resource=clusterroles.rbac.authorization.k8s.io name=view',
      'time="2026-11-21T07:00:00Z" level=error msg="the API server is slow"',
      'time="2026-11-21T07:00:00Z" level=error msg="it cannot be listed" resource=pods namespace=constructor',
      '',
    ].join('\n'),
  );
});

test('the log ends once; later findings still count', async () => {
  const report = createRunReport(clock);
  report.info('one');
  const [first, second] = await Promise.all([report.log(), report.log()]);
  report.warning(text('late'));
  assert.equal(first, second);
  assert.equal(first, await report.log());
  assert.equal(report.warnings, 1);
  assert.doesNotMatch(gunzipSync(first).toString(), /late/);
});

test('of endless findings only some are held, all are counted and in the log', async () => {
  const report = createRunReport(clock);
  for (let at = 0; at < findingLimit + 5; at++) report.error(text(`no. ${at}`), { namespace: 'apps' });
  assert.equal(report.errors, findingLimit + 5);
  assert.equal(report.findings.length, findingLimit);
  const { errors } = report.results();
  assert.deepEqual(errors.velero, ['5 more are in the log']);
  assert.equal(errors.namespaces?.['apps']?.length, findingLimit);
  const log = gunzipSync(await report.log()).toString();
  assert.equal(log.split('\n').length, findingLimit + 6);
});

test('a line is one line without control characters, and its text can be had back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), value => {
      const line = formatLine(clock.now(), 'info', value, { name: value });
      assert.match(line, /^[^\p{Cc}\u2028\u2029]*\n$/u);
      const [, message = ''] = /msg=("(?:[^"\\]|\\.)*"|[^ ]*) name=/.exec(line) ?? [];
      assert.equal(message.startsWith('"') ? JSON.parse(message) : message, value);
    }),
  );
});
