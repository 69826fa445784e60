import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import { remoteErrors } from './errors.ts';
import { startCommand, type Transport } from './session.ts';
import { behindMark } from './session-output.ts';
import { bootstrap } from './supervisor.ts';

/** A way to this machine's shell whose program is what a test makes of it. */
function through(program: string, more: Partial<Transport> = {}): Transport {
  return {
    async start() {
      const child = spawn('/bin/sh', ['-c', program], { detached: true });
      await once(child, 'spawn');
      return child;
    },
    interrupt: async () => {},
    refusal: said => remoteErrors.raise['shell-unusable']({ host: 'a', said }),
    loss: (command, said) => remoteErrors.raise['connection-lost']({ host: 'a', command, said }),
    ...more,
  };
}

describe('the output of a command', () => {
  const mark = 'hozon-mark';
  const read = async (chunks: readonly string[]): Promise<[string, boolean | undefined]> => {
    const stream = behindMark(buffersOf(chunks), mark);
    let text = '';
    for (;;) {
      const next = await stream.next();
      if (next.done === true) return [text, next.value];
      text += next.value.toString();
    }
  };

  test('stands between its marks, however it is cut into pieces', async () => {
    const whole = `noise\n${mark}\nout\n\n${mark.slice(0, 5)}\n${mark}\nof a process that was left`;
    for (let at = 0; at < whole.length; at++) {
      for (const pieces of [[whole.slice(0, at), whole.slice(at)], whole.split('')]) {
        assert.deepEqual(await read(pieces), [`out\n\n${mark.slice(0, 5)}`, true]);
      }
    }
    assert.deepEqual(await read([`${mark}\n\n${mark}\n`]), ['', true]);
  });

  test('is not whole without the second mark', async () => {
    const whole = `${mark}\nout\n${mark}\n`;
    for (let length = 0; length < whole.length; length++) {
      const [text, isWhole] = await read([whole.slice(0, length)]);
      assert.equal(isWhole, false);
      assert.ok('out\n'.startsWith(text), text);
    }
  });

  test('that is cut while its end is told is not taken for whole', async () => {
    const { stdout } = startCommand(
      through(`(${bootstrap}) | head -c 500`),
      ['head', '-c', '1000', '/dev/zero'],
      {},
    );
    await assert.rejects(Array.fromAsync(stdout), thrown => isHozonError(thrown, 'remote.connection-lost'));
  });
});

test('a process that cannot be ended is given up with the reason of the signal', async () => {
  const controller = new AbortController();
  const pids: number[] = [];
  const transport = through('exec sleep 3600', { patience: { first: 20, last: 40 } });
  const stubborn: Transport = {
    ...transport,
    async start(signal) {
      const child = await transport.start(signal);
      pids.push(child.pid ?? 0);
      child.kill = () => {
        child.emit('error', new Error('kill EPERM'));
        return false;
      };
      return child;
    },
  };
  try {
    const { stdout, ended } = startCommand(stubborn, ['true'], { signal: controller.signal });
    const reason = new Error('the user has had enough');
    controller.abort(reason);
    await assert.rejects(Array.fromAsync(stdout), reason);
    await assert.rejects(ended, reason);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  }
});

async function* buffersOf(chunks: readonly string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}
