import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  currentImage,
  type ImageStream,
  importedStatus,
  type TagReference,
  withImage,
} from './image-stream.ts';

const digest = `sha256:${'1'.repeat(64)}`;
const noon = new Date('2024-05-05T12:00:00.123Z');

function stream(tags: readonly TagReference[]): ImageStream {
  return {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name: 'ruby', namespace: 'shop' },
    spec: { tags },
  };
}

test('an external image is imported by its digest, and a tag that follows another gets the same', () => {
  const status = importedStatus(
    stream([
      { name: '2.2', from: { kind: 'DockerImage', name: `registry.test:5000/centos/ruby@${digest}` } },
      { name: 'latest', from: { kind: 'ImageStreamTag', name: '2.2' } },
      { name: 'note', reference: true, from: { kind: 'DockerImage', name: 'registry.test/other:1' } },
    ]),
    noon,
  );
  assert.equal(status.dockerImageRepository, '10.111.255.221:5000/shop/ruby');
  const imported = { ...stream([]), status };
  assert.equal(currentImage(imported, '2.2'), `registry.test:5000/centos/ruby@${digest}`);
  assert.equal(currentImage(imported, 'latest'), `registry.test:5000/centos/ruby@${digest}`);
  assert.equal(currentImage(imported, 'note'), undefined);
  assert.equal(status.tags?.[0]?.items?.[0]?.created, '2024-05-05T12:00:00Z');
});

test('an image without a digest gets one, always the same, and its tag goes', () => {
  const from = { kind: 'DockerImage', name: 'registry.test:5000/centos/ruby:2.2' };
  const once = importedStatus(stream([{ name: 'latest', from }]), noon);
  const reference = currentImage({ ...stream([]), status: once }, 'latest') ?? '';
  assert.match(reference, /^registry\.test:5000\/centos\/ruby@sha256:[0-9a-f]{64}$/);
  const again = importedStatus({ ...stream([{ name: 'latest', from }]), status: once }, new Date());
  assert.deepEqual(again, once);
});

test('a pushed image goes to the head of its history, once', () => {
  const event = { created: '', dockerImageReference: `r/x@${digest}`, image: digest, generation: 1 };
  const older = { ...event, dockerImageReference: 'r/x@older' };
  const status = withImage(withImage({}, 'latest', older), 'latest', event);
  assert.deepEqual(status.tags?.[0]?.items, [event, older]);
  assert.equal(withImage(status, 'latest', event), status);
});
