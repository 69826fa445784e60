import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withHome } from './home-flags.ts';
import { say } from './spec.ts';

const summary = say('', '');
const flags = {
  repo: { kind: 'text', value: 'URL', complete: 'locations', summary },
  passwordFile: { kind: 'text', value: 'FILE', complete: 'files', summary },
  keyFile: { kind: 'texts', value: 'FILE', complete: 'files', summary },
  tag: { kind: 'text', value: 'TAG', summary },
} as const;

test('what names files and places begins at home where it begins with ~, and nothing else does', () => {
  const values = { repo: '~/x', passwordFile: '~', keyFile: ['~/a', '-', '/b'], tag: '~/t' };
  assert.deepEqual(withHome(flags, values, { HOME: '/h' }), {
    repo: '/h/x',
    passwordFile: '/h',
    keyFile: ['/h/a', '-', '/b'],
    tag: '~/t',
  });
  const others = { repo: undefined, passwordFile: './~/x', keyFile: undefined, tag: undefined };
  assert.deepEqual(withHome(flags, others, { HOME: '/h' }), others);
});
