import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import * as backup from '../commands/backup/table.ts';
import { location } from '../commands/location/table.ts';
import { program } from '../commands/program/table.ts';
import { type CommandSpec, on, type TreeNode } from '../spec.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

const run = promisify(execFile);
const node = (spec: CommandSpec) => on(spec, async () => ({ run: () => assert.fail('nothing is run here') }));

const tree: readonly TreeNode[] = [
  {
    ...backup.backup,
    commands: [backup.create, backup.describe, backup.download].map(each => node(each as CommandSpec)),
  },
  location,
  ...program,
];

let directory = '';

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hozon-completion-'));
  await writeFile(join(directory, 'bash'), bashCompletion(tree));
  await writeFile(join(directory, 'zsh'), zshCompletion(tree, 'ja'));
  await writeFile(join(directory, 'fish'), fishCompletion(tree, 'ja'));
  // stands for hozon: answers with the kind and the words that it was asked with
  await writeFile(
    join(directory, 'hozon'),
    '#!/bin/sh\nshift; echo "$1-one"; echo "$1-two"; echo "$*" >&2\n',
  );
  await chmod(join(directory, 'hozon'), 0o755);
});

after(() => rm(directory, { recursive: true }));

/** What bash offers at the end of a line, as readline would call the function. */
async function offered(line: string): Promise<string[]> {
  const script = `
    source "$1/bash"
    PATH="$1:$PATH"
    compopt() { echo "compopt $*"; }
    COMP_LINE="$2"
    # readline breaks words at = as well
    read -r -a COMP_WORDS <<< "\${COMP_LINE//=/ = }"
    if [[ "$COMP_LINE" == *[\\ =] ]]; then COMP_WORDS+=(''); fi
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    _hozon hozon
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['--norc', '-c', script, 'bash', directory, line]);
  return stdout.split('\n').filter(word => word !== '');
}

test('bash takes the script without complaint', () => {
  execFileSync('bash', ['-n', join(directory, 'bash')]);
});

test('bash offers commands, then the noun\u2019s commands', async () => {
  assert.deepEqual(await offered('hozon '), [
    'backup',
    'location',
    'doctor',
    'explain',
    'version',
    'completion',
  ]);
  assert.deepEqual(await offered('hozon ba'), ['backup']);
  assert.deepEqual(await offered('hozon backup '), ['create', 'describe', 'download']);
  assert.deepEqual(await offered('hozon backups d'), ['describe', 'download']);
  assert.deepEqual(await offered('hozon -o json --location x backup c'), ['create']);
});

test('bash offers the flags of the command at hand', async () => {
  assert.deepEqual(await offered('hozon backup create --include-n'), [
    '--include-namespaces',
    '--include-namespace-scoped-resources',
  ]);
  assert.ok((await offered('hozon backup create --')).includes('--location'));
  assert.ok(!(await offered('hozon backup describe --')).includes('--ttl'));
  assert.deepEqual(await offered('hozon --lo'), ['--location']);
});

test('bash offers values: fixed ones, files, and names that Hozon is asked for', async () => {
  assert.deepEqual(await offered('hozon backup describe -o '), ['table', 'wide', 'json', 'yaml', 'name']);
  assert.deepEqual(await offered('hozon backup describe --output=j'), ['json']);
  assert.deepEqual(await offered('hozon backup download x -o '), ['compopt -o default']);
  assert.deepEqual(await offered('hozon --kubeconfig '), ['compopt -o default']);
  assert.deepEqual(await offered('hozon backup describe '), ['backups-one', 'backups-two']);
  assert.deepEqual(await offered('hozon backup describe --location '), ['locations-one', 'locations-two']);
  assert.deepEqual(await offered('hozon backup create x --ttl '), []);
  assert.deepEqual(await offered('hozon completion '), ['bash', 'zsh', 'fish']);
});

test('bash completes the last of a list', async () => {
  assert.deepEqual(await offered('hozon backup create x --include-namespaces a,namespaces-t'), [
    'compopt -o nospace',
    'a,namespaces-two',
  ]);
});

for (const shell of ['zsh', 'fish'] as const) {
  test(`${shell} takes the script without complaint`, async t => {
    const found = await run('which', [shell]).catch(() => undefined);
    if (found === undefined) return t.skip(`${shell} is not installed`);
    await run(shell, ['-n', join(directory, shell)]);
  });
}

test('fish offers what the table says', async t => {
  if ((await run('which', ['fish']).catch(() => undefined)) === undefined)
    return t.skip('fish is not installed');
  const ask = async (line: string) => {
    const script = `set -x PATH ${directory} $PATH; source ${directory}/fish; complete -C '${line}'`;
    const { stdout } = await run('fish', ['--no-config', '-c', script]);
    return stdout
      .trimEnd()
      .split('\n')
      .map(each => each.split('\t')[0]);
  };
  assert.deepEqual(await ask('hozon backup d'), ['describe', 'download']);
  assert.deepEqual(await ask('hozon backup describe '), ['backups-one', 'backups-two']);
  assert.deepEqual(await ask('hozon backup describe --output '), ['json', 'name', 'table', 'wide', 'yaml']);
});
