import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { isHozonError } from '#foundation/errors.ts';
import type { Host } from '../host.ts';
import type { HostTests } from './conformance.ts';

const isCode = (code: string) => (thrown: unknown) => isHozonError(thrown, code);

export const fileTests: HostTests = {
  'writes a file and reads it': async ({ host, directory }) => {
    const path = `${directory}/a 'file' of 保存`;
    const bytes = randomBytes(2_000_000);
    await host.writeFile(path, bytes, { mode: 0o640 });
    assert.deepEqual(await host.readFile(path), bytes);
    assert.equal(await modeOf(host, path), '640');
    await host.writeFile(path, Buffer.alloc(0));
    assert.equal((await host.readFile(path)).length, 0);
    assert.equal(await modeOf(host, path), '600');
  },

  'replaces a link and leaves what it leads to': async ({ host, directory }) => {
    await host.writeFile(`${directory}/target`, Buffer.from('target'));
    await host.run(['ln', '-s', 'target', `${directory}/link`]);
    await host.writeFile(`${directory}/link`, Buffer.from('new'));
    assert.equal((await host.readFile(`${directory}/target`)).toString(), 'target');
    assert.equal((await host.readFile(`${directory}/link`)).toString(), 'new');
  },

  'leaves nothing beside a file that it could not write': async ({ host, directory }) => {
    const folder = `${directory}/folder`;
    await host.run(['mkdir', '-p', `${folder}/taken/inside`]);
    await assert.rejects(host.writeFile(`${folder}/taken`, Buffer.from('x')), isCode('remote.file-foreign'));
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const given = { signal: controller.signal };
    await assert.rejects(host.writeFile(`${folder}/new`, Buffer.from('x'), given), { message: 'enough' });
    assert.equal((await host.run(['ls', '-A', folder])).stdout.toString(), 'taken\n');
    await assert.rejects(
      host.writeFile(`${directory}/nowhere/x`, Buffer.from('x')),
      isCode('remote.file-missing'),
    );
  },

  'says what hinders it from reading': async ({ host, directory }) => {
    await assert.rejects(host.readFile(`${directory}/none`), isCode('remote.file-missing'));
    await assert.rejects(host.readFile(directory), isCode('remote.file-foreign'));
    await host.writeFile(`${directory}/long`, Buffer.alloc(1001));
    await assert.rejects(
      host.readFile(`${directory}/long`, { limit: 1000 }),
      isCode('remote.file-too-large'),
    );
    assert.equal((await host.readFile(`${directory}/long`, { limit: 1001 })).length, 1001);
  },

  'streams a tree as a tar': async ({ host, directory }) => {
    await host.run(['mkdir', '-p', `${directory}/tree/-sub`]);
    await host.writeFile(`${directory}/tree/-sub/secret`, Buffer.from('s'), { mode: 0o600 });
    await host.writeFile(`${directory}/tree/skipped.tmp`, Buffer.from('s'));
    const options = { base: `${directory}/tree`, exclude: ['*.tmp'] };
    const tar = Buffer.concat(await Array.fromAsync(host.readTree(['.'], options)));
    const { stdout } = await host.run(['tar', '-tvf', '-'], { stdin: tar });
    const lines = stdout.toString().trim().split('\n');
    assert.deepEqual(
      lines.map(line => line.split(/\s+/).at(-1)).sort((a = '', b = '') => (a < b ? -1 : 1)),
      ['./', './-sub/', './-sub/secret'],
    );
    assert.match(stdout.toString(), /^-rw------- .* \.\/-sub\/secret$/m);
    const whole = Buffer.concat(await Array.fromAsync(host.readTree([`${directory}/tree/-sub`])));
    const names = (await host.run(['tar', '-tf', '-'], { stdin: whole })).stdout.toString();
    assert.ok(names.includes(`${directory.slice(1)}/tree/-sub/secret`));
  },

  'says at the end of a tree that something was missing': async ({ host, directory }) => {
    await host.writeFile(`${directory}/there`, Buffer.from('x'));
    const reading = Array.fromAsync(host.readTree(['there', 'not-there'], { base: directory }));
    await assert.rejects(reading, isCode('remote.tree-incomplete'));
  },
};

async function modeOf(host: Host, path: string): Promise<string> {
  return (await host.run(['stat', '-c', '%a', '--', path])).stdout.toString().trim();
}
