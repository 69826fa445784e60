import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { s3Failure } from './failures.ts';

const subject = { url: 's3://b/p', bucket: 'b', key: 'x' };

function codeOf(name: string, message: string, status = 403): string {
  const thrown = Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
  const failure = s3Failure(thrown, subject);
  return isHozonError(failure) ? failure.code : String(failure);
}

test('what servers say of locks is told as such', () => {
  for (const [name, message] of [
    ['AccessDenied', 'Access Denied because object protected by object lock.'],
    ['InvalidRequest', 'Object is WORM protected and cannot be overwritten'],
    ['AccessDenied', 'Object is WORM-protected.'],
    ['AccessDenied', 'forbidden by object lock'],
    ['AccessDenied', "the bucket's retention keeps the object's versions"],
    ['MethodNotAllowed', 'The object is under retention.'],
    ['AccessDenied', 'Object lock: retained until 2027-01-01'],
  ] as const) {
    assert.equal(codeOf(name, message), 'storage.locked', message);
  }
});

test('names that speak of locks are none', () => {
  const action = 'because no identity-based policy allows it';
  for (const message of [
    `User: arn:aws:iam::123456789012:user/worm is not authorized to perform: s3:AbortMultipartUpload ${action}`,
    `User: arn:aws:iam::1:user/ci is not authorized to perform: s3:DeleteObject on resource: "arn:aws:s3:::a-retention/x" ${action}`,
    'User: arn:aws:iam::1:user/ci is not authorized to perform: s3:PutObjectRetention on the resource',
    'Access to "object lock tests/x" denied',
    "Access to 'retention' denied",
    'Access to worm-backups/retention denied',
    'Access to retention.example.net denied',
    `Access denied: "${'retention '.repeat(60)}"`,
  ]) {
    assert.equal(codeOf('AccessDenied', message), 'storage.denied', message);
  }
});

test('what a server does not do at all is told apart from what failed', () => {
  assert.equal(codeOf('MethodNotAllowed', 'The specified method is not allowed', 405), 'storage.unsupported');
  assert.equal(codeOf('UnknownError', 'UnknownError', 405), 'storage.unsupported');
});
