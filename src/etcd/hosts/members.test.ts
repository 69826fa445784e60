import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remoteErrors } from '#remote/errors.ts';
import { raise } from '../errors.ts';
import { type HostFailure, withFailure } from './members.ts';

const silent = raise['no-answer']({ endpoint: 'https://m1:2379', seconds: 10 });
const unread = raise['host-v2-backup']({ host: 'm1', reason: 'no rights' });

const codes = (failures: readonly HostFailure[]): unknown =>
  failures.map(({ host, errors }) => [host, errors.map(({ code }) => code)]);

test('a host that fails twice is one failure with both reasons', () => {
  const first = withFailure(withFailure([], 'm0', silent), 'm1', silent);
  const both = withFailure(first, 'm1', unread);
  assert.deepEqual(codes(both), [
    ['m0', ['etcd.no-answer']],
    ['m1', ['etcd.no-answer', 'etcd.host-v2-backup']],
  ]);
  assert.deepEqual(codes(first), [
    ['m0', ['etcd.no-answer']],
    ['m1', ['etcd.no-answer']],
  ]);
});

test('what is said a second time is not told again', () => {
  const lost = () => remoteErrors.raise['connection-lost']({ host: 'm1', command: 'tar', said: 'closed' });
  const [one, two] = [lost(), lost()];
  assert.deepEqual(codes(withFailure(withFailure([], 'm1', one), 'm1', two)), [
    ['m1', ['remote.connection-lost']],
  ]);
});
