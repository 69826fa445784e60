import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { GlobalValues } from '../global-flags.ts';
import { nextCommand } from './next.ts';

test('the next command works where this one did', () => {
  const globals = {
    location: "s3://b/it's a prefix?region=x&y",
    kubeconfig: '/k',
    quiet: true,
  } as GlobalValues;
  const command = nextCommand('backup describe x', { globals });
  const words = execFileSync('sh', ['-c', `set -- ${command}; printf '%s\\n' "$@"`], { encoding: 'utf8' });
  assert.deepEqual(words.trim().split('\n'), [
    'hozon',
    'backup',
    'describe',
    'x',
    '--location',
    "s3://b/it's a prefix?region=x&y",
    '--kubeconfig',
    '/k',
  ]);
  assert.equal(nextCommand('backup describe x', { globals: {} as GlobalValues }), 'hozon backup describe x');
});
