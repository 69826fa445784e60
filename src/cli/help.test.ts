import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import type { Message } from '#foundation/language.ts';
import * as backupTable from './commands/backup/table.ts';
import { etcd } from './commands/etcd/table.ts';
import { hostedCluster } from './commands/hosted-cluster/table.ts';
import * as locationTable from './commands/location/table.ts';
import * as programTable from './commands/program/table.ts';
import * as projectTable from './commands/project/table.ts';
import { repo } from './commands/repo/table.ts';
import * as restoreTable from './commands/restore/table.ts';
import { commandTree } from './commands.ts';
import { globalFlags } from './global-flags.ts';
import { renderHelp } from './help.ts';
import { errorTexts, helpTexts, runTexts } from './messages.ts';
import { commandsOf } from './rewrite.ts';
import { type CommandSpec, isNoun, type NounNode } from './spec.ts';

const tables = [backupTable, locationTable, programTable, projectTable, restoreTable];
const entries = tables.flatMap(table => Object.values(table) as unknown[]);
const specs = [
  ...entries.filter((entry): entry is CommandSpec => isObject(entry) && 'flags' in entry),
  ...commandsOf([repo, etcd, hostedCluster]).map(({ spec }) => spec),
];
const nouns = [
  ...entries.filter((entry): entry is NounNode => isObject(entry) && 'commands' in entry),
  repo,
  etcd,
  hostedCluster,
  ...etcd.commands.filter(isNoun),
];

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textsOf(spec: CommandSpec): [string, Message][] {
  const at = (what: string): string => `${spec.name} ${what}`;
  return [
    [at('summary'), spec.summary],
    ...(spec.details === undefined ? [] : [[at('details'), spec.details] as [string, Message]]),
    ...(spec.arguments ?? []).map((each): [string, Message] => [at(each.name), each.summary]),
    ...Object.entries(spec.flags).map(([key, flag]): [string, Message] => [at(key), flag.summary]),
    ...(spec.examples ?? []).map((each): [string, Message] => [at(each.command), each.summary]),
  ];
}

test('every command of the plan has a table entry', () => {
  const named = (table: object) =>
    Object.values(table)
      .filter(entry => isObject(entry) && 'flags' in entry)
      .map(entry => (entry as CommandSpec).name)
      .sort();
  assert.deepEqual(named(backupTable), ['create', 'delete', 'describe', 'download', 'get', 'logs', 'prune']);
  assert.deepEqual(named(restoreTable), ['create', 'delete', 'describe', 'get', 'logs']);
  assert.deepEqual(named(projectTable), ['export', 'import']);
  assert.deepEqual(named(locationTable), ['add', 'check', 'default', 'get', 'remove']);
  const words =
    'cat check copy diff dump find forget init key list ls maintenance pin policy prune recover repair restore rewrite set-parameters snapshot snapshots stats tag unlock';
  assert.deepEqual(
    commandsOf([repo]).map(({ spec }) => spec.name),
    words.split(' '),
  );
  assert.deepEqual(
    commandsOf([etcd]).map(({ spec }) => spec.name),
    ['diff', 'export', 'get', 'ls', 'restore', 'save', 'search', 'stats', 'status', 'verify', 'status'],
  );
  assert.deepEqual(
    commandsOf([hostedCluster]).map(({ spec }) => spec.name),
    ['match-key', 'restore-manifest', 'snapshot', 'undo', 'verify'],
  );
});

test('every help text exists in both languages, and Japanese ones are Japanese', () => {
  const all = [
    ...specs.flatMap(textsOf),
    ...nouns.map((noun): [string, Message] => [noun.name, noun.summary]),
    ...Object.entries(globalFlags).map(([key, flag]): [string, Message] => [key, flag.summary]),
    ...Object.entries({ ...helpTexts, ...errorTexts, ...runTexts }).map(([key, text]): [string, Message] => [
      key,
      text as Message,
    ]),
  ];
  assert.ok(all.length > 100);
  for (const [where, text] of all) {
    const parameters = { noun: 'backup', signal: 'SIGINT' } as never;
    const say = (language: 'en' | 'ja') => (text[language] as (p: never) => string)(parameters);
    assert.match(say('ja'), /[\u3040-\u30ff\u4e00-\u9fff]/, `${where} in Japanese`);
    assert.doesNotMatch(say('en'), /[\u3040-\u30ff\u4e00-\u9fff]/, `${where} in English`);
    assert.ok(say('en').trim().length > 2, where);
  }
});

test('Japanese help has no English sentence in it', () => {
  for (const node of commandTree) {
    const path = [isNoun(node) ? node.name : node.spec.name];
    const help = renderHelp(path, node, commandTree, { language: 'ja', width: 100 });
    for (const line of help.split('\n')) {
      const described = /^ {2,}\S.*? {2,}(\S.*)$/.exec(line)?.[1];
      if (described !== undefined) assert.match(described, /[\u3040-\u30ff\u4e00-\u9fff]/, line);
    }
  }
});

test('help fits the width of the terminal where words allow it', () => {
  for (const spec of specs) {
    for (const [language, width] of [
      ['en', 60],
      ['ja', 60],
      ['en', 80],
      ['ja', 80],
      ['ja', 100],
    ] as const) {
      const node = { spec, load: () => assert.fail() };
      const help = renderHelp(['x', spec.name], node, [], { language, width });
      const prose = help
        .split('\n')
        .filter(line => !/^ {2}(?:\S.* \| )?hozon |^ {2}(?: {4}|-., )--/.test(line));
      for (const line of prose) assert.ok(stringWidth(line) <= width, `${width}: ${line}`);
    }
  }
});

test('the flags of backup create and restore create are those of the Velero CLI', () => {
  const help = (spec: CommandSpec) =>
    renderHelp(['backup', spec.name], { spec, load: () => assert.fail() }, [], {
      language: 'en',
      width: 100,
    });
  for (const flag of [
    'include-namespaces',
    'exclude-namespaces',
    'include-resources',
    'exclude-resources',
    'include-cluster-resources',
    'include-cluster-scoped-resources',
    'exclude-cluster-scoped-resources',
    'include-namespace-scoped-resources',
    'exclude-namespace-scoped-resources',
    'selector',
    'or-selector',
    'ttl',
    'labels',
    'annotations',
    'ordered-resources',
    'resource-policies-configmap',
    'wait',
  ]) {
    assert.ok(help(backupTable.create).includes(`--${flag}`), flag);
  }
  for (const flag of [
    'from-backup',
    'namespace-mappings',
    'existing-resource-policy',
    'restore-volumes',
    'preserve-nodeports',
    'include-cluster-resources',
  ]) {
    assert.ok(help(restoreTable.create).includes(`--${flag}`), flag);
  }
});
