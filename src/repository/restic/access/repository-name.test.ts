import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHozonError } from '#foundation/errors.ts';
import { isResticName, parseResticName } from './repository-name.ts';

function s3(text: string, settings = {}) {
  const location = parseResticName(text, settings);
  assert.equal(location.kind, 's3');
  const { caFile: _, ...rest } = location.s3;
  return rest;
}

test('directories are named by paths, with or without local:', () => {
  for (const [text, path] of [
    ['/srv/restic', '/srv/restic'],
    ['local:/srv/a:b', '/srv/a:b'],
    ['local:some/where', resolve('some/where')],
    ['../x', resolve('../x')],
    ['name', resolve('name')],
  ] as const) {
    assert.deepEqual(parseResticName(text), { kind: 'filesystem', path });
  }
});

test('buckets are named by the host of their server, or its URL', () => {
  const own = { endpoint: 'https://minio.example:9000', pathStyle: true, region: 'us-east-1' };
  const place = { bucket: 'b', prefix: 'some/prefix' };
  assert.deepEqual(s3('s3:https://minio.example:9000/b/some//prefix/'), { ...place, ...own });
  assert.deepEqual(s3('s3:minio.example:9000/b/some/prefix'), { ...place, ...own });
  assert.deepEqual(s3('s3://minio.example:9000/b/some/prefix'), { ...place, ...own });
  assert.deepEqual(s3('s3:http://10.0.0.1/b', { region: 'here' }), {
    bucket: 'b',
    prefix: '',
    endpoint: 'http://10.0.0.1',
    pathStyle: true,
    region: 'here',
  });
});

test("AWS's own hosts give the region", () => {
  const aws = { bucket: 'b', prefix: '', pathStyle: false };
  assert.deepEqual(s3('s3:s3.eu-central-1.amazonaws.com/b'), { ...aws, region: 'eu-central-1' });
  assert.deepEqual(s3('s3:https://s3-ap-northeast-1.amazonaws.com/b'), { ...aws, region: 'ap-northeast-1' });
  assert.deepEqual(s3('s3:eu-west-3/b', { region: 'x' }), { ...aws, region: 'eu-west-3' });
  assert.deepEqual(s3('s3:s3.amazonaws.com/b', { region: 'eu-west-1' }), { ...aws, region: 'eu-west-1' });
  assert.deepEqual(s3('s3:s3.amazonaws.com.example/b').endpoint, 'https://s3.amazonaws.com.example');
});

test("restic's other back ends are named as what they are", () => {
  for (const text of [
    'sftp:user@host:/x',
    'rest:https://user:secret@host/',
    'b2:bucket:x',
    'rclone:a:b',
    'gs:b:/',
  ]) {
    assert.throws(
      () => parseResticName(text),
      thrown =>
        isHozonError(thrown, 'repository.unsupported-backend') && !thrown.explain('en').includes('secret'),
    );
    assert.equal(isResticName(text), true, text);
  }
});

test('what is neither says so, and no name is repeated in an error: there may be a secret in it', () => {
  const broken = [
    '',
    's3:',
    's3:host',
    's3:https://',
    's3:https://a:secret@host/b',
    's3:secret@host/b',
    'ftp:x',
    's3:https://h/%zz',
  ];
  for (const text of broken) {
    assert.throws(
      () => parseResticName(text),
      thrown => isHozonError(thrown, 'repository.bad-name') && !thrown.explain('en').includes('secret'),
      text,
    );
  }
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('', 's3:', 's3:https://', 'local:'), (text, before) => {
      try {
        parseResticName(before + text);
      } catch (thrown) {
        assert.ok(isHozonError(thrown));
      }
    }),
  );
});

test("Hozon's own URLs and names of locations are not taken for restic's", () => {
  for (const text of ['s3://bucket/prefix?region=x', 'file:///x', 'backups', 'local', 'default:x']) {
    assert.equal(isResticName(text), false, text);
  }
  for (const text of ['/x', './x', '..', 'local:x', 's3:host/b', 's3:https://host/b']) {
    assert.equal(isResticName(text), true, text);
  }
});
