import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { ObjectStore } from '../object-store.ts';
import { all, failure, inChunks } from '../testing/contents.ts';
import type { S3Settings } from './settings.ts';
import { openS3 } from './store.ts';

const credentials = '[default]\naws_access_key_id = a\naws_secret_access_key = b\n';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A store whose server is `answer`; for what no real server of the testbed does or shows. */
async function withServer(
  answer: Answer,
  settings: Partial<S3Settings>,
  run: (store: ObjectStore) => Promise<void>,
): Promise<void> {
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = await openS3({
    bucket: 'b',
    prefix: '',
    endpoint,
    pathStyle: true,
    credentials,
    ...settings,
  });
  try {
    await run(store);
  } finally {
    await store.close();
    server.closeAllConnections();
    server.close();
  }
}

/** Answers every request as if it had succeeded, and keeps what was asked. */
function recorder(): { answer: Answer; requests: IncomingMessage[] } {
  const requests: IncomingMessage[] = [];
  const answer: Answer = (request, response) => {
    requests.push(request);
    response.setHeader('etag', '"x"');
    if (request.url?.endsWith('?uploads=') === true || request.url?.endsWith('?uploads') === true) {
      response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
    } else if (request.method === 'POST') {
      response.end('<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>');
    } else response.end();
  };
  return { answer, requests };
}

test('the customer’s key goes with every request that needs it, and no URL is presigned', async () => {
  const key = Buffer.alloc(32, 7);
  const { answer, requests } = recorder();
  await withServer(answer, { customerKey: key }, async store => {
    await store.put('small', Buffer.from('x'));
    await store.put('large', inChunks(Buffer.alloc(9_000_000), 1 << 20));
    await store.head('small');
    await store.get('small');
    assert.equal(await store.presign('small', { expiresIn: 60 }), undefined);
  });
  assert.deepEqual(
    requests.map(request => request.method),
    ['PUT', 'POST', 'PUT', 'PUT', 'POST', 'HEAD', 'GET'],
  );
  for (const { headers } of requests) {
    assert.equal(headers['x-amz-server-side-encryption-customer-algorithm'], 'AES256');
    assert.equal(headers['x-amz-server-side-encryption-customer-key'], key.toString('base64'));
    const md5 = createHash('md5').update(key).digest('base64');
    assert.equal(headers['x-amz-server-side-encryption-customer-key-md5'], md5);
  }
  await assert.rejects(
    openS3({ bucket: 'b', prefix: '', customerKey: Buffer.alloc(31) }),
    failure('no-credentials'),
  );
});

test('encryption by the server is asked for where objects begin', async () => {
  const { answer, requests } = recorder();
  await withServer(answer, { kmsKeyId: 'alias/k' }, async store => {
    await store.put('small', Buffer.from('x'));
    await store.put('large', inChunks(Buffer.alloc(9_000_000), 1 << 20));
  });
  const beginning = requests.filter(({ url = '' }) => !url.includes('uploadId'));
  assert.equal(beginning.length, 2);
  for (const { headers } of beginning) {
    assert.equal(headers['x-amz-server-side-encryption'], 'aws:kms');
    assert.equal(headers['x-amz-server-side-encryption-aws-kms-key-id'], 'alias/k');
  }
});

test('a class of storage and a lock are asked for where the object begins', async () => {
  const { answer, requests } = recorder();
  const until = new Date('2030-01-02T03:04:05.000Z');
  const keeping = { storageClass: 'STANDARD_IA', retention: { mode: 'COMPLIANCE', until } } as const;
  await withServer(answer, {}, async store => {
    await store.put('small', Buffer.from('x'), keeping);
    await store.put('large', inChunks(Buffer.alloc(9_000_000), 1 << 20), keeping);
  });
  const beginning = requests.filter(({ url = '' }) => !url.includes('uploadId'));
  assert.equal(beginning.length, 2);
  for (const { headers } of beginning) {
    assert.equal(headers['x-amz-storage-class'], 'STANDARD_IA');
    assert.equal(headers['x-amz-object-lock-mode'], 'COMPLIANCE');
    assert.equal(new Date(String(headers['x-amz-object-lock-retain-until-date'])).getTime(), until.getTime());
  }
});

test('no checksum is sent where it is switched off', async () => {
  for (const [checksumAlgorithm, sent] of [
    ['CRC32', true],
    ['', false],
  ] as const) {
    const { answer, requests } = recorder();
    await withServer(answer, { checksumAlgorithm }, async store => {
      await store.put('a', Buffer.from('x'));
    });
    const names = Object.keys(requests[0]?.headers ?? {});
    assert.equal(
      names.some(name => name.startsWith('x-amz-checksum-') || name.includes('sdk-checksum')),
      sent,
    );
  }
});

async function codesOf(store: ObjectStore): Promise<string[]> {
  const operations = [
    () => store.head('x'),
    () => store.get('x'),
    () => store.put('x', Buffer.from('x')),
    () => store.put('x', Buffer.alloc(9_000_000)),
    () => all(store.list('')),
    () => all(store.listPrefixes('')),
    () => all(store.unfinished('')),
  ];
  const codes = new Set<string>();
  for (const operation of operations) {
    await operation().then(
      () => codes.add('none'),
      (thrown: unknown) => codes.add(isHozonError(thrown) ? thrown.code : String(thrown)),
    );
  }
  return [...codes];
}

test('a web page in place of an S3 server is told', async () => {
  const page: Answer = (_, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><html><head><meta></head><body>Hello</body></html>');
  };
  await withServer(page, {}, async store => assert.deepEqual(await codesOf(store), ['storage.not-s3']));
});

test('statuses without a text, or with a proxy’s page, are told apart', async () => {
  const expected = {
    401: 'denied',
    403: 'denied',
    429: 'unavailable',
    501: 'unsupported',
    503: 'unavailable',
    507: 'no-space',
  };
  for (const [status, code] of Object.entries(expected)) {
    const bare: Answer = (_, response) => response.writeHead(Number(status)).end();
    const page: Answer = (_, response) =>
      response.writeHead(Number(status)).end('<html><meta><p>Sorry</html>');
    const attempt = async (store: ObjectStore) => {
      await assert.rejects(store.head('x'), failure(code), status);
      await assert.rejects(store.get('x'), failure(code), status);
      await assert.rejects(all(store.list('')), failure(code), status);
    };
    await withServer(bare, {}, attempt);
    await withServer(page, {}, attempt);
  }
});

test('a server’s text is bounded and without control characters', async () => {
  const long: Answer = (_, response) => {
    response.writeHead(400);
    response.end(`<Error><Code>Odd</Code><Message>&#27;[31m${'m'.repeat(5000)}</Message></Error>`);
  };
  await withServer(long, {}, async store => {
    await assert.rejects(store.get('x'), thrown => {
      assert.ok(isHozonError(thrown, 'storage.failed'));
      assert.ok(thrown.message.length < 500);
      assert.ok(!thrown.message.includes('\u001b'));
      return true;
    });
  });
});

test('a server that has no uploads may say so as of one that is gone', async () => {
  const none: Answer = (_, response) =>
    response.writeHead(404).end('<Error><Code>NoSuchUpload</Code><Message>none</Message></Error>');
  await withServer(none, {}, async store => {
    assert.deepEqual(await all(store.unfinished('')), []);
    await store.abandon({ key: 'x', id: 'u', begun: new Date() });
  });
});
