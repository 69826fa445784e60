import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { isHozonError } from '#foundation/errors.ts';
import type { Argument } from '../host.ts';
import type { HostTests } from './conformance.ts';

/** Every byte that an argument can hold. */
const everyByte = Uint8Array.from({ length: 255 }, (_, index) => index + 1);

export const commandTests: HostTests = {
  'receives every byte of every argument': async ({ host }) => {
    const given: Argument[] = ['', ' ', everyByte, "a'b\n", '-n', '$(id) `id` "x" \\ ! * ~', '保存', '\n\n'];
    const { code, stdout } = await host.run(['printf', '%s\\0', ...given]);
    assert.equal(code, 0);
    const expected = Buffer.concat(given.flatMap(word => [Buffer.from(word as string), Buffer.from([0])]));
    assert.deepEqual(stdout, expected);
  },

  'receives arguments longer than one packet and one page': async ({ host }) => {
    const long = 'x'.repeat(100_000);
    const { stdout } = await host.run(['printf', '%s', long, long]);
    assert.equal(stdout.length, 200_000);
  },

  'tells the exit status, also those that SSH has for itself': async ({ host }) => {
    for (const code of [0, 1, 2, 127, 143, 255]) {
      assert.equal((await host.run(['sh', '-c', `exit ${code}`])).code, code);
    }
    assert.equal((await host.run(['sh', '-c', 'kill -KILL $$'])).code, 137);
    const missing = await host.run(['hozon-no-such-program']);
    assert.equal(missing.code, 127);
    assert.match(missing.stderr, /hozon-no-such-program/);
  },

  'keeps stdout and stderr apart, and adds nothing to either': async ({ host }) => {
    const { stdout, stderr } = await host.run(['sh', '-c', 'printf out; printf "err\\n" >&2']);
    assert.equal(stdout.toString(), 'out');
    assert.equal(stderr, 'err\n');
  },

  'keeps the end of a long stderr': async ({ host }) => {
    const { stderr } = await host.run(['sh', '-c', 'seq 1 200000 >&2']);
    assert.equal(stderr.length, 65_536);
    assert.ok(stderr.endsWith('199999\n200000\n'));
  },

  'gives a command no stdin, text, bytes or a stream': async ({ host }) => {
    assert.equal((await host.run(['cat'])).stdout.length, 0);
    assert.equal((await host.run(['cat'], { stdin: '保存' })).stdout.toString(), '保存');
    assert.deepEqual((await host.run(['cat'], { stdin: everyByte })).stdout, Buffer.from(everyByte));
    const bytes = randomBytes(3_000_001);
    const stdin = (async function* () {
      yield bytes.subarray(0, 0);
      yield bytes.subarray(0, 1_500_000);
      yield bytes.subarray(1_500_000);
    })();
    assert.deepEqual((await host.run(['cat'], { stdin })).stdout, bytes);
  },

  'does not mind that a command leaves its stdin unread': async ({ host }) => {
    const outcome = await host.run(['sh', '-c', 'exec <&-; echo done'], { stdin: Buffer.alloc(8_000_000) });
    assert.deepEqual([outcome.code, outcome.stdout.toString()], [0, 'done\n']);
  },

  'starts in / with the locale C': async ({ host }) => {
    const { stdout } = await host.run(['sh', '-c', 'pwd; echo "$LC_ALL"']);
    assert.equal(stdout.toString(), '/\nC\n');
  },

  'runs several at once': async ({ host }) => {
    const numbers = Array.from({ length: 12 }, (_, index) => String(index));
    const outcomes = await Promise.all(numbers.map(number => host.run(['echo', number])));
    assert.deepEqual(
      outcomes.map(each => each.stdout.toString().trim()),
      numbers,
    );
  },

  'refuses more stdout than is accepted': async ({ host }) => {
    await assert.rejects(host.run(['sh', '-c', 'yes'], { limit: 100_000 }), thrown =>
      isHozonError(thrown, 'remote.output-too-large'),
    );
  },

  'streams more than any buffer holds, no faster than it is read': async ({ host }) => {
    const { stdout, ended } = host.stream(['sh', '-c', 'head -c 16777216 /dev/zero; echo end >&2; exit 3']);
    let size = 0;
    for await (const chunk of stdout) {
      size += chunk.length;
      assert.ok(chunk.length <= 4_194_304);
    }
    assert.equal(size, 16_777_216);
    assert.deepEqual(await ended, { code: 3, stderr: 'end\n' });
  },

  'asks for stdin only as the command reads it': async ({ host }) => {
    let asked = 0;
    const stdin = (async function* () {
      for (;;) {
        asked++;
        yield Buffer.alloc(1_000_000);
      }
    })();
    const { code } = await host.run(['sh', '-c', 'head -c 10000000 >/dev/null; exec <&-; exit 5'], { stdin });
    assert.equal(code, 5);
    const after = asked;
    await host.run(['true']);
    assert.ok(asked <= after + 1, 'nothing is asked for after the command has ended');
  },
};
