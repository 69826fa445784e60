import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHozonError } from '#foundation/errors.ts';
import * as backup from './commands/backup/table.ts';
import { program } from './commands/program/table.ts';
import * as restore from './commands/restore/table.ts';
import { parse } from './parse.ts';
import { commandsOf, switchNames } from './rewrite.ts';
import { type CommandSpec, longName, on, say, type TreeNode, takesValue } from './spec.ts';

const node = (spec: CommandSpec) => on(spec, async () => ({ run: () => assert.fail('nothing is run here') }));

const tree: readonly TreeNode[] = [
  {
    ...backup.backup,
    commands: [backup.create, backup.get, backup.download, backup.remove].map(each =>
      node(each as CommandSpec),
    ),
  },
  { ...restore.restore, commands: [node(restore.create)] },
  ...program,
];

function parsed(line: string) {
  const result = parse(
    line.split(' ').filter(word => word !== ''),
    tree,
  );
  assert.ok(result.kind === 'run', line);
  return { ...result, given: given(result.input.flags), globals: given(result.globals) };
}

function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function refused(line: string, code: string): string {
  try {
    parse(line.split(' '), tree);
  } catch (thrown) {
    assert.ok(isHozonError(thrown, code), String(thrown));
    return `${thrown.message} ${thrown.hint()}`;
  }
  assert.fail(`${line} was accepted`);
}

test('flags have the types that the table says', () => {
  const { path, input, given } = parsed(
    'backup create nightly --include-namespaces a,b --include-namespaces c --ttl 1h30m --labels x=1,y=2 ' +
      '-l app=web,tier!=db --include-cluster-resources --wait',
  );
  assert.deepEqual(path, ['backup', 'create']);
  assert.deepEqual(input.args, ['nightly']);
  assert.deepEqual(given, {
    includeNamespaces: ['a', 'b', 'c'],
    ttl: 5_400_000,
    labels: { x: '1', y: '2' },
    selector: 'app=web,tier!=db',
    includeClusterResources: true,
    wait: true,
  });
});

test('a switch does not swallow the word behind it, and has a third state', () => {
  assert.deepEqual(parsed('backup create --wait nightly').input.args, ['nightly']);
  assert.equal(parsed('restore create --restore-volumes=false').given['restoreVolumes'], false);
  assert.equal(parsed('restore create --no-restore-volumes').given['restoreVolumes'], false);
  assert.equal(parsed('restore create --restore-volumes=true').given['restoreVolumes'], true);
  assert.deepEqual(parsed('restore create').given, {});
});

test('mappings have a colon between their names', () => {
  const { given } = parsed('restore create --namespace-mappings a:b,c:d');
  assert.deepEqual(given['namespaceMappings'], { a: 'b', c: 'd' });
  refused('restore create --namespace-mappings a=b', 'cli.bad-value');
});

test('global flags stand anywhere, the innermost counts, and have the names of Velero and kubectl', () => {
  const { globals } = parsed(
    '--location s3://a backup -n velero create x --kubecontext prod -o=json --no-color',
  );
  assert.deepEqual(globals, {
    location: 's3://a',
    namespace: 'velero',
    context: 'prod',
    output: 'json',
    color: false,
  });
  assert.deepEqual(parsed('-o yaml backup get -o json').globals, { output: 'json' });
  assert.deepEqual(parsed('backup get --storage-location main').globals, { location: 'main' });
});

test('a command may use the name of a global flag for its own', () => {
  const { given, globals } = parsed('-o json backup download x -o file.tar.gz');
  assert.deepEqual(given, { output: 'file.tar.gz' });
  assert.deepEqual(globals, { output: 'json' });
});

test('a global flag whose letter a command has for its own keeps its name', () => {
  const dry = { kind: 'switch', short: 'n', summary: say('Nothing', 'なし') } as const;
  const own = node({ name: 'own', summary: say('Own', '独自'), flags: { dry } });
  const result = parse(['own', '-n', '--namespace', 'a'], [own]);
  assert.ok(result.kind === 'run');
  assert.equal(result.input.flags['dry'], true);
  assert.equal(result.globals.namespace, 'a');
});

test('the spellings of Velero and kubectl lead to the same command', () => {
  for (const line of ['backup create x', 'backups create x', 'create backup x', 'create backups x']) {
    assert.deepEqual(parsed(line).path, ['backup', 'create'], line);
  }
  assert.deepEqual(parsed('backup list').path, ['backup', 'get']);
  assert.deepEqual(parsed('--version').path, ['version']);
});

test('help is asked for in many ways', () => {
  const cases: readonly [string, string[]][] = [
    ['', []],
    ['-h', []],
    ['help', []],
    ['backup', ['backup']],
    ['backup --help', ['backup']],
    ['help backup create', ['backup', 'create']],
    ['backup create -h', ['backup', 'create']],
    ['backup create --ttl 1h --help', ['backup', 'create']],
  ];
  for (const [line, path] of cases) {
    const result = parse(
      line.split(' ').filter(word => word !== ''),
      tree,
    );
    assert.deepEqual([result.kind, result.path], ['help', path], line);
  }
});

test('what is misspelt is refused, with what may have been meant', () => {
  assert.match(refused('bakcup', 'cli.unknown-command'), /did you mean backup/);
  assert.match(refused('backup creat x', 'cli.unknown-command'), /did you mean create.*hozon backup --help/);
  assert.match(
    refused('backup create x --include-namespace=a', 'cli.unknown-flag'),
    /no flag --include-namespace here; did you mean --include-namespaces/,
  );
  assert.match(refused('backup create x --ttl', 'cli.missing-value'), /--ttl needs a value \(DURATION\)/);
  assert.match(refused('backup create x --ttl soon', 'cli.bad-value'), /"soon" is not a value for --ttl/);
  assert.match(refused('backup create a b', 'cli.excess-argument'), /"b" is one too many/);
  assert.match(refused('backup download', 'cli.missing-argument'), /NAME is missing/);
  assert.match(refused('restore create --existing-resource-policy force', 'cli.bad-value'), /none \| update/);
  refused('backup get -o xml', 'cli.bad-value');
  refused('__proto__', 'cli.unknown-command');
  refused('backup get --__proto__', 'cli.unknown-flag');
});

test('words after -- are arguments', () => {
  assert.deepEqual(parsed('backup get -- --wait=true -o').input.args, ['--wait=true', '-o']);
});

test('no name is a switch in one command and takes a value in another', () => {
  const switches = switchNames(tree);
  for (const each of commandsOf(tree)) {
    for (const [key, flag] of Object.entries(each.spec.flags)) {
      assert.ok(!takesValue(flag) || !switches.has(longName(key)), `${each.spec.name} --${longName(key)}`);
    }
  }
});
