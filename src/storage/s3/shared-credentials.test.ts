import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { credentialsOfProfile } from './shared-credentials.ts';

test('access keys are found in the profile that is asked for', () => {
  const text = [
    '# comment',
    '[default]',
    'aws_access_key_id = AKIA1',
    'aws_secret_access_key=se/cr+et=with=signs',
    '',
    '; another comment',
    '[profile "prod"] # the real one',
    'AWS_ACCESS_KEY_ID=AKIA2',
    'aws_secret_access_key = other ; not part of it',
    'aws_session_token = token',
    'region = eu-west-1',
  ].join('\r\n');
  assert.deepEqual(credentialsOfProfile(text, 'default'), {
    kind: 'static',
    accessKeyId: 'AKIA1',
    secretAccessKey: 'se/cr+et=with=signs',
  });
  assert.deepEqual(credentialsOfProfile(text, 'prod'), {
    kind: 'static',
    accessKeyId: 'AKIA2',
    secretAccessKey: 'other',
    sessionToken: 'token',
  });
});

test('a role with a web identity token is understood', () => {
  const text =
    '[default]\nsts_regional_endpoints = regional\nrole_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = /var/run/token\n';
  assert.deepEqual(credentialsOfProfile(text, 'default'), {
    kind: 'web-identity',
    roleArn: 'arn:aws:iam::1:role/r',
    tokenFile: '/var/run/token',
  });
});

test('what is missing is said without any value', () => {
  const cases = {
    '': 'no profile "default"',
    '[other]': 'no profile',
    '[default]\naws_secret_access_key=hunter22': 'neither',
  };
  for (const [text, reason] of Object.entries(cases)) {
    const found = credentialsOfProfile(text, 'default');
    assert.ok(found.kind === 'unusable' && found.reason.includes(reason), text);
    assert.ok(!JSON.stringify(found).includes('hunter22'));
  }
});

test('keys of any usual characters come back as they were written', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9/+=_-]{1,60}$/);
  fc.assert(
    fc.property(word, word, (accessKeyId, secretAccessKey) => {
      const text = `[default]\naws_access_key_id=${accessKeyId}\n  aws_secret_access_key =  ${secretAccessKey}  \n`;
      assert.deepEqual(credentialsOfProfile(text, 'default'), {
        kind: 'static',
        accessKeyId,
        secretAccessKey,
      });
    }),
  );
});
