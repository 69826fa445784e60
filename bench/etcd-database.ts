import { randomBytes } from 'node:crypto';
import { Pool } from 'undici';

/** How a database is filled. */
export interface DatabaseShape {
  /** ConfigMaps, of as many namespaces as there are thousands of them. */
  readonly objects: number;
  /** The mean of the bytes that one holds: sizes are spread evenly from a half of it to three halves. */
  readonly bytes: number;
}

/** Changes in one transaction, and how many transactions are under way. */
const changesAtOnce = 500;
const underWay = 4;

/** What a member must be started with for it. */
export const fillingFlags = [
  `--max-txn-ops=${changesAtOnce}`,
  '--max-request-bytes=8388608',
  '--quota-backend-bytes=8589934592',
  '--unsafe-no-fsync', // filling it is not what is measured
];

/** Fills it through its own API; one in twenty objects is written a second time, and one in a hundred deleted. */
export async function fillEtcd(endpoint: string, shape: DatabaseShape): Promise<void> {
  await using pool = disposable(new Pool(endpoint, { connections: underWay }));
  const transactions = transactionsOf(shape);
  const workers = Array.from({ length: underWay }, async () => {
    for (const success of transactions) await post(pool.it, { success });
  });
  await Promise.all(workers);
}

function disposable(it: Pool): { readonly it: Pool } & AsyncDisposable {
  return { it, [Symbol.asyncDispose]: () => it.close() };
}

async function post(pool: Pool, body: unknown): Promise<void> {
  const answer = await pool.request({ method: 'POST', path: '/v3/kv/txn', body: JSON.stringify(body) });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`etcd answers ${answer.statusCode}: ${text.slice(0, 500)}`);
}

function* transactionsOf(shape: DatabaseShape): Generator<readonly object[]> {
  let changes: object[] = [];
  for (const change of changesOf(shape)) {
    if (changes.push(change) < changesAtOnce) continue;
    yield changes;
    changes = [];
  }
  if (changes.length > 0) yield changes;
}

function* changesOf(shape: DatabaseShape): Generator<object> {
  for (let number = 0; number < shape.objects; number++) yield put(number, shape);
  for (let number = 0; number < shape.objects; number += 20) yield put(number, shape);
  for (let number = 7; number < shape.objects; number += 100) {
    yield { requestDeleteRange: { key: keyOf(placeOf(number, shape)).toString('base64') } };
  }
}

interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** Neighbours in the file are of different namespaces, as they are in a cluster that lives. */
function placeOf(number: number, { objects }: DatabaseShape): Place {
  const namespaces = Math.max(1, Math.round(objects / 1000));
  return { namespace: `bench-${number % namespaces}`, name: `object-${number}` };
}

function keyOf({ namespace, name }: Place): Buffer {
  return Buffer.from(`/registry/configmaps/${namespace}/${name}`);
}

function put(number: number, shape: DatabaseShape): object {
  const place = placeOf(number, shape);
  const size = Math.round(shape.bytes * (0.5 + ((number * 7919) % 1000) / 1000));
  const value = configMap(place, textOf(size));
  return { requestPut: { key: keyOf(place).toString('base64'), value: value.toString('base64') } };
}

/** Text that looks random and costs little: pieces of one pool. */
const pool = randomBytes(1 << 20).toString('base64');

function textOf(size: number): string {
  const from = Math.floor(Math.random() * (pool.length - size));
  return pool.slice(from, from + size);
}

/** As the API server stores it: `k8s`, a NUL, and a `runtime.Unknown` around the message of the kind. */
function configMap({ namespace, name }: Place, text: string): Buffer {
  const created = Buffer.concat([Buffer.from([0x08]), varint(1_790_000_000)]);
  const labels = Buffer.concat([field(1, 'app'), field(2, 'bench')]);
  const uid = `00000000-0000-4000-8000-${name.replace(/\D/g, '').padStart(12, '0')}`;
  const metadata = [field(1, name), field(3, namespace), field(5, uid), field(8, created), field(11, labels)];
  const data = Buffer.concat([field(1, 'text'), field(2, text)]);
  const raw = Buffer.concat([field(1, Buffer.concat(metadata)), field(2, data)]);
  const type = Buffer.concat([field(1, 'v1'), field(2, 'ConfigMap')]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, raw)]);
}

/** A field of protobuf that has a length. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}
