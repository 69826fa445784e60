import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { fetchSnapshot, isSameSnapshot } from './fetch-snapshot.ts';
import { readUrl, type SnapshotUrl } from './url.ts';

const database = randomBytes(4096);
const whole = Buffer.concat([database, createHash('sha256').update(database).digest()]);
/** What a server that knows no ranges, or lies, answers. */
const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/whole': response => response.end(whole),
  '/changed': response => response.end(Buffer.concat([whole.subarray(0, -1), Buffer.from('x')])),
  '/longer': response => response.end(Buffer.concat([whole, whole])),
  '/shorter': response => response.end(whole.subarray(0, 512)),
  '/ranged': response => {
    response.statusCode = 206;
    response.end(whole.subarray(-32));
  },
};
let server: Server;
let root: string;
let file: string;
before(async () => {
  server = createServer(({ url = '' }, response) => answers[url]?.(response));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  root = await mkdtemp(join(tmpdir(), 'hozon-fetch-'));
  file = join(root, 'copy.db');
  await writeFile(file, whole);
});
after(async () => {
  server.close();
  server.closeAllConnections();
  await rm(root, { recursive: true });
});

function at(path: string): SnapshotUrl {
  const { port } = server.address() as AddressInfo;
  const url = readUrl(`http://127.0.0.1:${port}${path}`);
  assert.ok(url !== undefined);
  return url;
}

const says = (pattern: RegExp) => (thrown: unknown) =>
  isHozonError(thrown, 'hosted-manifest.url-unusable') && pattern.test(thrown.message);

test('a snapshot is fetched whole, for its owner only, and goes again', async () => {
  for (const size of [whole.length, undefined]) {
    const local = await fetchSnapshot({ url: at('/whole'), size }, {});
    assert.ok((await readFile(local.path)).equals(whole));
    assert.equal((await stat(local.path)).mode & 0o777, 0o600);
    await local[Symbol.asyncDispose]();
    await assert.rejects(stat(local.path), { code: 'ENOENT' });
  }
});

test('what is damaged, longer or shorter than its server said is refused', async () => {
  const size = whole.length;
  await assert.rejects(fetchSnapshot({ url: at('/changed'), size }, {}), says(/does not match the checksum/));
  await assert.rejects(fetchSnapshot({ url: at('/longer'), size }, {}), says(/more than the 4128 bytes/));
  await assert.rejects(fetchSnapshot({ url: at('/shorter'), size }, {}), says(/sent 512 of 4128 bytes/));
});

test('room is asked for before anything is fetched', async () => {
  const size = Number.MAX_SAFE_INTEGER;
  await assert.rejects(fetchSnapshot({ url: at('/none'), size }, {}), { code: 'etcd.save-no-space' });
});

test('only the end of an object is compared; of a server without ranges it is said, and the object is not read', async () => {
  const size = whole.length;
  assert.equal(await isSameSnapshot({ url: at('/ranged'), size }, file, {}), true);
  assert.equal(await isSameSnapshot({ url: at('/ranged'), size: size + 512 }, file, {}), false);
  await assert.rejects(
    isSameSnapshot({ url: at('/whole'), size }, file, {}),
    says(/does not send parts of an object/),
  );
});
