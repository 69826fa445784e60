import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { rounds } from '#testbed/soak.ts';
import { parseLocationUrl } from './location-url.ts';

function refusal(text: string): { code: string; text: string } {
  try {
    parseLocationUrl(text);
  } catch (thrown) {
    assert.ok(isHozonError(thrown), String(thrown));
    const { en, ja } = {
      en: thrown.explain('en') + thrown.hint('en'),
      ja: thrown.explain('ja') + thrown.hint('ja'),
    };
    return { code: thrown.code, text: en + ja };
  }
  throw new Error(`${text} was accepted`);
}

test('file URLs name an absolute directory', () => {
  assert.deepEqual(parseLocationUrl('file:///backups'), {
    kind: 'filesystem',
    path: '/backups',
    readOnly: undefined,
  });
  assert.deepEqual(parseLocationUrl('file:///a%20b/c?read-only=true'), {
    kind: 'filesystem',
    path: '/a b/c',
    readOnly: true,
  });
  assert.deepEqual(parseLocationUrl('file://localhost/x'), {
    kind: 'filesystem',
    path: '/x',
    readOnly: undefined,
  });
  for (const text of [
    'file://backups/x',
    'file://./x',
    'file:///a%2fb',
    'file:///x?region=y',
    '/backups',
    'backups',
    '',
  ]) {
    assert.equal(refusal(text).code, 'storage.invalid-url', text);
  }
  assert.match(refusal('/backups').text, /file:\/\//);
});

test('S3 URLs name a bucket, a prefix and what is needed to reach them', () => {
  assert.deepEqual(parseLocationUrl('s3://bucket'), {
    kind: 's3',
    s3: { bucket: 'bucket', prefix: '', pathStyle: false },
    readOnly: undefined,
  });
  const text =
    's3://my-bucket/a/b%20c/?region=eu-west-1&endpoint=https://s3.example.com:9000&profile=p&ca=/etc/ca.pem' +
    '&credentials-file=/etc/creds&checksum=off&tagging=a%3Db&insecure-skip-tls-verify=false&read-only=false';
  assert.deepEqual(parseLocationUrl(text), {
    kind: 's3',
    readOnly: false,
    s3: {
      bucket: 'my-bucket',
      prefix: 'a/b c',
      region: 'eu-west-1',
      endpoint: 'https://s3.example.com:9000',
      pathStyle: true,
      profile: 'p',
      caFile: '/etc/ca.pem',
      credentialsFile: '/etc/creds',
      checksumAlgorithm: '',
      tagging: 'a=b',
      insecureSkipVerify: false,
    },
  });
  for (const bad of [
    's3:///prefix',
    's3://b?path-style=yes',
    's3://b?region=a&region=b',
    's3://b?endpoint=ftp://x',
    's3://b#f',
    'https://b',
    's3://b/%zz',
  ]) {
    assert.equal(refusal(bad).code, 'storage.invalid-url', bad);
  }
  const unknown = refusal('s3://b?regoin=x').text;
  for (const known of ['regoin', 'region', 'endpoint', 'path-style', 'read-only'])
    assert.match(unknown, new RegExp(known));
});

test('credentials in a URL are refused and not repeated', () => {
  for (const text of [
    's3://AKIAXYZ:hunter22@bucket/prefix',
    's3://hunter22@bucket',
    's3://bucket?secret-access-key=hunter22',
    's3://bucket?aws_secret_access_key=hunter22',
    's3://bucket?session-token=hunter22',
    's3://bucket?endpoint=https://u:hunter22@host',
    'file:///x?password=hunter22',
    's3://u:hunter22@not a url',
  ]) {
    const { code, text: said } = refusal(text);
    assert.equal(code, 'storage.credentials-in-url', text);
    assert.ok(!said.includes('hunter22'), text);
  }
});

test('any text is a location or a HozonError', () => {
  const part = fc.constantFrom(
    's3://',
    'file://',
    '/',
    '?',
    '&',
    '=',
    '%',
    '@',
    ':',
    'region',
    'a',
    '.',
    '..',
    '#',
    '\0',
    'é',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part).map(parts => parts.join('')),
      ),
      text => {
        try {
          parseLocationUrl(text);
        } catch (thrown) {
          assert.ok(isHozonError(thrown), String(thrown));
        }
      },
    ),
    { numRuns: rounds(250) },
  );
});
