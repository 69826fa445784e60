import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi, WatchEvent, WatchOptions } from '../api.ts';
import { configMaps, type Seen, scriptedServer, sendJson, sendStatus } from '../testing/scripted-server.ts';

interface State {
  readonly resourceVersion: string;
  readonly objects: Readonly<Record<string, { readonly uid: string; readonly rv: string }>>;
}

const item = (name: string, uid: string, rv: string) => ({
  metadata: { name, namespace: 'shop', uid, resourceVersion: rv },
});

function sendList(response: ServerResponse, { resourceVersion, objects }: State): void {
  const items = Object.entries(objects).map(([name, { uid, rv }]) => item(name, uid, rv));
  sendJson(response, 200, { metadata: { resourceVersion }, items });
}

const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

function shown(event: WatchEvent): string {
  return event.type === 'BOOKMARK'
    ? `BOOKMARK ${event.resourceVersion}`
    : `${event.type} ${event.object.metadata.name} ${event.object.metadata.uid}`;
}

/** The first `count` events, as text. */
async function take(client: KubeApi, count: number, options: WatchOptions = {}): Promise<string[]> {
  const events: string[] = [];
  for await (const event of client.watch(configMaps, options)) {
    events.push(shown(event));
    if (events.length === count) break;
  }
  return events;
}

const isWatch = (request: Seen): boolean => request.query.get('watch') === 'true';

test('a watch begins with what is there and goes on after a broken connection where it was', async () => {
  let watches = 0;
  await using server = await scriptedServer((request, response) => {
    if (!isWatch(request))
      return sendList(response, { resourceVersion: '10', objects: { a: { uid: '1', rv: '5' } } });
    response.writeHead(200);
    const text =
      ++watches === 1
        ? line('ADDED', item('b', '2', '11')) + line('BOOKMARK', item('', '', '15')) + '{"type":"ADD'
        : line('DELETED', item('b', '2', '16'));
    return void response.write(text, () => watches === 1 && response.destroy());
  });
  const interruptions: unknown[] = [];
  const events = await take(server.client(), 5, { onInterruption: thrown => interruptions.push(thrown) });
  assert.deepEqual(events, ['ADDED a 1', 'BOOKMARK 10', 'ADDED b 2', 'BOOKMARK 15', 'DELETED b 2']);
  assert.deepEqual(
    server.seen.filter(isWatch).map(request => request.query.get('resourceVersion')),
    ['10', '15'],
  );
  assert.equal(interruptions.length, 1);
});

test('after a 410 it lists again and tells the difference', async () => {
  const states: State[] = [
    {
      resourceVersion: '10',
      objects: {
        same: { uid: '1', rv: '1' },
        changed: { uid: '2', rv: '2' },
        gone: { uid: '3', rv: '3' },
        replaced: { uid: '4', rv: '4' },
      },
    },
    {
      resourceVersion: '20',
      objects: {
        same: { uid: '1', rv: '1' },
        changed: { uid: '2', rv: '12' },
        replaced: { uid: '5', rv: '15' },
        fresh: { uid: '6', rv: '16' },
      },
    },
  ];
  let watches = 0;
  await using server = await scriptedServer((request, response) => {
    if (!isWatch(request)) return sendList(response, states.shift() as State);
    response.writeHead(200);
    const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
    return void response.write(
      ++watches === 1 ? line('ERROR', expired) : line('MODIFIED', item('fresh', '6', '21')),
    );
  });
  assert.deepEqual((await take(server.client(), 11)).slice(5), [
    'MODIFIED changed 2',
    'DELETED replaced 4',
    'ADDED replaced 5',
    'ADDED fresh 6',
    'DELETED gone 3',
    'BOOKMARK 20',
  ]);
});

test('from a given resourceVersion a 410 is the caller’s', async () => {
  await using server = await scriptedServer((_request, response) => sendStatus(response, 410, 'Expired'));
  await assert.rejects(take(server.client(), 1, { resourceVersion: '1' }), thrown =>
    isHozonError(thrown, 'kube.gone'),
  );
});

test('what cannot pass is thrown', async () => {
  await using server = await scriptedServer((_request, response) => sendStatus(response, 403, 'Forbidden'));
  await assert.rejects(take(server.client(), 1), thrown => isHozonError(thrown, 'kube.forbidden'));
});

test('an abort ends a silent watch and its connection', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  await using server = await scriptedServer((request, response) => {
    if (!isWatch(request)) return sendList(response, { resourceVersion: '10', objects: {} });
    response.on('close', resolve);
    response.writeHead(200);
    response.flushHeaders();
    return void setImmediate(() => abort.abort(reason));
  });
  await assert.rejects(take(server.client(), 9, { signal: abort.signal }), thrown => thrown === reason);
  await cut;
});

test('a reader that leaves ends the connection', async () => {
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  await using server = await scriptedServer((_request, response) => {
    response.on('close', resolve);
    response.writeHead(200);
    response.write(line('ADDED', item('a', '1', '2')));
  });
  assert.deepEqual(await take(server.client(), 1, { resourceVersion: '1' }), ['ADDED a 1']);
  await cut;
});
