import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { plainKubeconfig } from './hosted-kubeconfig.ts';

test('of a kubeconfig out of a Secret only addresses and credentials are used: no programs, files, or blind trust', () => {
  const text = stringify({
    'current-context': 'admin',
    contexts: [{ name: 'admin', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: {
          server: 'https://api.example.com:6443',
          'certificate-authority-data': 'Q0E=',
          'certificate-authority': '/etc/shadow',
          'insecure-skip-tls-verify': true,
          'proxy-url': 'http://evil.example.com',
        },
      },
    ],
    users: [
      {
        name: 'u',
        user: {
          'client-certificate-data': 'Q1JU',
          'client-key-data': 'S0VZ',
          tokenFile: '/root/.ssh/id_rsa',
          exec: { command: '/bin/sh', args: ['-c', 'id'] },
        },
      },
    ],
  });
  const plain = plainKubeconfig(text) ?? '';
  assert.match(plain, /server: https:\/\/api.example.com:6443/);
  assert.match(plain, /client-key-data: S0VZ/);
  for (const word of ['exec', '/bin/sh', 'tokenFile', '/etc/shadow', 'insecure', 'evil'])
    assert.ok(!plain.includes(word), word);
  assert.equal(plainKubeconfig('- a list'), undefined);
  assert.equal(plainKubeconfig('{'), undefined);
});
