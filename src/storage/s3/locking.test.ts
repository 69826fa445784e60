import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { extendRetention } from '../extend-retention.ts';
import type { ObjectStore, Retention } from '../object-store.ts';
import { failure } from '../testing/contents.ts';
import { openS3 } from './store.ts';

const credentials = '[default]\naws_access_key_id = a\naws_secret_access_key = b\n';
const day = 86_400_000;
const inDays = (days: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 + days * day);

interface Answers {
  readonly head: Readonly<Record<string, string>> | number;
  /** What a change of the lock is answered with; done where there is nothing. */
  readonly error?: { readonly status: number; readonly code: string; readonly message: string };
}

/** A server whose one object is as `answers` say; the locks that it was told to set, as mode and date. */
async function onServer(
  { head, error }: Answers,
  work: (store: ObjectStore) => Promise<void>,
): Promise<readonly string[]> {
  const set: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    if (request.method === 'HEAD') return answerHead(response, head);
    assert.match(request.url ?? '', /^\/b\/p\/x\?retention/);
    assert.equal(request.headers['x-amz-bypass-governance-retention'], undefined);
    set.push(body.replace(/^.*<Mode>(\w+)<\/Mode><RetainUntilDate>([^<]+)<.*$/, '$1 $2'));
    if (error === undefined) return response.end();
    response.statusCode = error.status;
    return response.end(`<Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = await openS3({ bucket: 'b', prefix: 'p', endpoint, pathStyle: true, credentials });
  try {
    await work(store);
  } finally {
    await store.close();
    server.closeAllConnections();
    server.close();
  }
  return set;
}

function answerHead(response: ServerResponse, head: Answers['head']): void {
  if (typeof head === 'number') response.statusCode = head;
  else response.setHeaders(new Map(Object.entries({ etag: '"x"', 'content-length': '1', ...head })));
  response.end();
}

function locked(mode: string, until: Date): Readonly<Record<string, string>> {
  return {
    'x-amz-object-lock-mode': mode,
    'x-amz-object-lock-retain-until-date': until.toISOString(),
  };
}

/** The locks that are set where the object has this one, and another is wanted. */
function setFor(head: Answers['head'], wanted: Retention): Promise<readonly string[]> {
  return onServer({ head }, store => extendRetention(store, 'x', wanted));
}

const governance = (days: number): Retention => ({ mode: 'GOVERNANCE', until: inDays(days) });
const compliance = (days: number): Retention => ({ mode: 'COMPLIANCE', until: inDays(days) });
const text = ({ mode, until }: Retention): string => `${mode} ${until.toISOString().replace('.000Z', 'Z')}`;

test('an object is locked that was not, or whose lock has ended or ends before', async () => {
  for (const head of [{}, locked('COMPLIANCE', inDays(-1)), locked('GOVERNANCE', inDays(1))]) {
    const wanted = governance(2);
    assert.deepEqual(await setFor(head, wanted), [text(wanted)]);
  }
});

test('no lock becomes shorter or weaker', async () => {
  assert.deepEqual(await setFor(locked('GOVERNANCE', inDays(3)), governance(2)), []);
  assert.deepEqual(await setFor(locked('COMPLIANCE', inDays(3)), governance(2)), []);
  assert.deepEqual(await setFor(locked('COMPLIANCE', inDays(3)), compliance(2)), []);
  const stricter = await setFor(locked('GOVERNANCE', inDays(3)), compliance(2));
  assert.deepEqual(stricter, [text(compliance(3))], 'the mode that is wanted, the end that there is');
  const weaker = onServer({ head: locked('COMPLIANCE', inDays(1)) }, async store => {
    await assert.rejects(extendRetention(store, 'x', governance(2)), failure('locked'));
  });
  assert.deepEqual(await weaker, []);
});

test('what keeps an object from being locked has an error of its own', async () => {
  const refused = (error: Answers['error'], code: string): Promise<unknown> =>
    onServer({ head: {}, ...(error === undefined ? {} : { error }) }, async store => {
      await assert.rejects(extendRetention(store, 'x', governance(2)), failure(code));
    });
  const missing = 'Bucket is missing Object Lock Configuration';
  await refused({ status: 400, code: 'InvalidRequest', message: missing }, 'unsupported');
  await refused({ status: 403, code: 'AccessDenied', message: 'Access Denied' }, 'denied');
  const protectedBy = 'Access Denied because object protected by object lock.';
  await refused({ status: 403, code: 'AccessDenied', message: protectedBy }, 'locked');
  await onServer({ head: 404 }, async store => {
    await assert.rejects(extendRetention(store, 'x', governance(2)), failure('not-found'));
  });
});
