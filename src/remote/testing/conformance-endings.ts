import assert from 'node:assert/strict';
import type { Host } from '../host.ts';
import type { HostTests } from './conformance.ts';

/** A command that says its process id and its child's, and waits; `trap` is a shell command before that. */
const waiting = (trap = ':'): string[] => ['sh', '-c', `${trap}; sleep 3600 & echo $$ $!; wait; wait`];

export const endingTests: HostTests = {
  'ends the command and its children when the signal aborts': async ({ host }) => {
    await endsWith(host, waiting());
  },

  'ends a command that ignores the request to end': async ({ host }) => {
    await endsWith(host, waiting('trap "" TERM'));
  },

  'ends a command that reads nothing of a stdin without end': async ({ host }) => {
    const stdin = (async function* () {
      for (;;) yield Buffer.alloc(1_000_000);
    })();
    await endsWith(host, waiting(), stdin);
  },

  'ends a command whose output nobody reads any more': async ({ host }) => {
    const { stdout } = host.stream(['sh', '-c', 'echo $$; exec sleep 3600']);
    let pid = '';
    for await (const chunk of stdout) {
      pid = chunk.toString().trim();
      break;
    }
    await gone(host, [pid]);
  },

  'does not let a command take half of its stdin for the whole': async ({ host, directory }) => {
    const stdin = (async function* () {
      yield Buffer.from('half');
      throw new Error('the other half is lost');
    })();
    await assert.rejects(
      host.run(['sh', '-c', `cat >${directory}/in && mv ${directory}/in ${directory}/whole`], { stdin }),
      { message: 'the other half is lost' },
    );
    assert.notEqual((await host.run(['test', '-e', `${directory}/whole`])).code, 0);
  },

  'does not start what was aborted before': async ({ host, directory }) => {
    const signal = AbortSignal.abort(new Error('too late'));
    await assert.rejects(host.run(['touch', `${directory}/started`], { signal }), { message: 'too late' });
    assert.notEqual((await host.run(['test', '-e', `${directory}/started`])).code, 0);
  },
};

/** Runs a command that says process ids, aborts it, and looks whether they are gone. */
async function endsWith(host: Host, command: string[], stdin?: AsyncIterable<Uint8Array>): Promise<void> {
  const controller = new AbortController();
  const { stdout, ended } = host.stream(command, {
    signal: controller.signal,
    ...(stdin === undefined ? {} : { stdin }),
  });
  const reason = new Error('the user has had enough');
  let pids: string[] = [];
  await assert.rejects(async () => {
    for await (const chunk of stdout) {
      pids = chunk.toString().trim().split(' ');
      controller.abort(reason);
    }
  }, reason);
  await assert.rejects(ended, reason);
  assert.equal(pids.length, 2);
  await gone(host, pids);
}

/** Waits until no process of these ids is left: those that were killed are reaped a moment later. */
async function gone(host: Host, pids: readonly string[]): Promise<void> {
  const wait = 'for pid; do while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done; done';
  await host.run(['sh', '-c', wait, 'sh', ...pids], { signal: AbortSignal.timeout(120_000) });
}
