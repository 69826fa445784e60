import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { BackupResourceHook } from '#api/velero/hooks.ts';
import type { Message } from '#foundation/language.ts';
import { Discovery } from '#kube/discovery.ts';
import type { KubeObject } from '#kube/objects.ts';
import { podType } from '#kube/pods/pods.ts';
import type { PodHooks, ResolvedHook } from './hook.ts';
import { hooksFor } from './resolve.ts';
import { compileHooks } from './rules.ts';
import { pod } from './testing/pods.ts';

const discovery = new Discovery([
  podType,
  { ...podType, resource: 'secrets', kind: 'Secret', singular: 'secret', shortNames: [] },
]);

function spec(name: string, more: Partial<BackupResourceHook> = {}): BackupResourceHook {
  return {
    name,
    pre: [{ exec: { command: [`${name}-pre`] } }],
    post: [{ exec: { command: [`${name}-post`] } }],
    ...more,
  };
}

function compiled(specs: readonly BackupResourceHook[]) {
  const { rules, problems } = compileHooks(specs, discovery);
  assert.deepEqual(english(problems), []);
  return rules;
}

function english(messages: readonly Message[]): string[] {
  for (const message of messages) assert.notEqual(message.ja(), '');
  return messages.map(message => message.en());
}

function commands(hooks: PodHooks): string[] {
  return [...hooks.pre, ...hooks.post].map(hook => hook.command.join(' '));
}

function annotated(annotations: Record<string, string>): KubeObject {
  return pod('db', { annotations });
}

function preOf(object: KubeObject): ResolvedHook {
  const [hook] = hooksFor(object, []).pre;
  assert.ok(hook);
  return hook;
}

suite('hooks of annotations', () => {
  test('take every key of their phase, and defaults for what is not there', () => {
    const hooks = hooksFor(
      annotated({
        'pre.hook.backup.velero.io/command': '["/bin/sh", "-c", "quiesce --all"]',
        'pre.hook.backup.velero.io/container': 'proxy',
        'pre.hook.backup.velero.io/on-error': 'Continue',
        'pre.hook.backup.velero.io/timeout': '1m30s',
        'post.hook.backup.velero.io/command': '/bin/unquiesce --all',
      }),
      [],
    );
    assert.deepEqual(hooks, {
      pre: [
        {
          phase: 'pre',
          name: '<from-annotation>',
          source: 'annotation',
          container: 'proxy',
          command: ['/bin/sh', '-c', 'quiesce --all'],
          onError: 'Continue',
          timeoutMs: 90_000,
        },
      ],
      post: [
        {
          phase: 'post',
          name: '<from-annotation>',
          source: 'annotation',
          container: 'main',
          command: ['/bin/unquiesce --all'],
          onError: 'Fail',
          timeoutMs: 30_000,
        },
      ],
      warnings: [],
    });
  });

  test('without a phase are those of the pre hook, unless it has its own command', () => {
    const old = { 'hook.backup.velero.io/command': 'old', 'hook.backup.velero.io/container': 'proxy' };
    assert.deepEqual(commands(hooksFor(annotated(old), [])), ['old']);
    assert.equal(preOf(annotated(old)).container, 'proxy');
    const both = annotated({ ...old, 'pre.hook.backup.velero.io/command': 'new' });
    assert.deepEqual(commands(hooksFor(both, [])), ['new']);
    assert.equal(preOf(both).container, 'main', 'the container of the other family does not count');
    const mixed = annotated({ ...old, 'pre.hook.backup.velero.io/container': 'main' });
    assert.equal(preOf(mixed).container, 'proxy');
  });

  test('that are malformed are replaced by defaults and warned of', () => {
    const hooks = hooksFor(
      annotated({
        'pre.hook.backup.velero.io/command': 'x',
        'pre.hook.backup.velero.io/timeout': 'soon',
        'pre.hook.backup.velero.io/on-error': 'Ignore',
        'post.hook.backup.velero.io/command': 'y',
        'post.hook.backup.velero.io/timeout': '-5s',
      }),
      [],
    );
    assert.deepEqual(
      [hooks.pre[0]?.timeoutMs, hooks.pre[0]?.onError, hooks.post[0]?.timeoutMs],
      [30_000, 'Fail', 30_000],
    );
    const said = english(hooks.warnings);
    assert.equal(said.length, 3);
    assert.match(said[0] ?? '', /pre\.hook\.backup\.velero\.io\/timeout is "soon"/);
    assert.match(said[1] ?? '', /on-error is "Ignore"/);
    assert.match(said[2] ?? '', /post\.hook\.backup\.velero\.io\/timeout is "-5s"/);
  });

  test('a command that is no JSON array of strings is one word', () => {
    for (const text of ['[broken', '[1]', '["a", {}]', 'ls -l', ' ["a"]']) {
      const hook = preOf(annotated({ 'pre.hook.backup.velero.io/command': text }));
      assert.deepEqual(hook.command, [text]);
    }
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), words => {
        const text = JSON.stringify(words);
        assert.deepEqual(preOf(annotated({ 'pre.hook.backup.velero.io/command': text })).command, words);
      }),
    );
  });

  test('that cannot be run say why', () => {
    const command = 'pre.hook.backup.velero.io/command';
    const reason = (object: KubeObject): string => preOf(object).problem?.en() ?? '';
    assert.match(reason(annotated({ [command]: '[]' })), /command is empty/);
    const container = { 'pre.hook.backup.velero.io/container': 'nowhere' };
    assert.match(reason(annotated({ [command]: 'x', ...container })), /no container "nowhere"/);
    assert.match(reason({ ...annotated({ [command]: 'x' }), spec: {} }), /no containers/);
    const sidecar = annotated({ [command]: 'x', 'pre.hook.backup.velero.io/container': 'side' });
    const initContainers = [{ name: 'side', restartPolicy: 'Always' }];
    assert.equal(
      preOf({ ...sidecar, spec: { containers: [{ name: 'main' }], initContainers } }).problem,
      undefined,
    );
    const once = { ...sidecar, spec: { containers: [{ name: 'main' }], initContainers: [{ name: 'side' }] } };
    assert.match(reason(once), /no container "side"/);
  });
});

suite('hooks of the spec', () => {
  test('of every entry that applies run in the order of the spec', () => {
    const rules = compiled([spec('b'), spec('a'), spec('elsewhere', { includedNamespaces: ['other'] })]);
    assert.deepEqual(commands(hooksFor(pod('web'), rules)), ['b-pre', 'a-pre', 'b-post', 'a-post']);
  });

  test('give way to annotations, phase by phase', () => {
    const rules = compiled([spec('a'), spec('b')]);
    const hooks = hooksFor(annotated({ 'pre.hook.backup.velero.io/command': 'own' }), rules);
    assert.deepEqual(commands(hooks), ['own', 'a-post', 'b-post']);
    const post = hooksFor(annotated({ 'post.hook.backup.velero.io/command': 'own' }), rules);
    assert.deepEqual(commands(post), ['a-pre', 'b-pre', 'own']);
  });

  test('are not for pods that have ended', () => {
    const rules = compiled([spec('a')]);
    for (const phase of ['Succeeded', 'Failed']) {
      const done = pod('job', { phase, annotations: { 'pre.hook.backup.velero.io/command': 'own' } });
      assert.deepEqual(commands(hooksFor(done, rules)), []);
    }
    assert.equal(commands(hooksFor(pod('job', { phase: 'Pending' }), rules)).length, 2);
  });

  test('are chosen by namespace, resource and label', () => {
    const applies = (
      more: Partial<BackupResourceHook>,
      object = pod('web', { labels: { app: 'web' } }),
    ): boolean => commands(hooksFor(object, compiled([spec('a', more)]))).length > 0;
    assert.equal(
      applies({ includedNamespaces: null, excludedNamespaces: [], includedResources: null }),
      true,
    );
    assert.equal(applies({ includedNamespaces: ['sh*'] }), true);
    assert.equal(applies({ includedNamespaces: ['*'], excludedNamespaces: ['sho[o-q]'] }), false);
    assert.equal(applies({ includedNamespaces: ['shops'] }), false);
    for (const name of ['po', 'pod', 'pods', 'Pod', '*', 'p*'])
      assert.equal(applies({ includedResources: [name] }), true);
    assert.equal(applies({ includedResources: ['secrets', 'nothing.example.com'] }), false);
    assert.equal(applies({ excludedResources: ['po'] }), false);
    assert.equal(applies({ labelSelector: { matchLabels: { app: 'web' } } }), true);
    assert.equal(applies({ labelSelector: { matchLabels: { app: 'db' } } }), false);
    const notDb = {
      matchLabels: null,
      matchExpressions: [{ key: 'app', operator: 'NotIn' as const, values: ['db'] }],
    };
    assert.equal(applies({ labelSelector: notDb }), true);
    assert.equal(applies({ labelSelector: notDb }, pod('bare')), true);
  });

  test('have Velero’s defaults', () => {
    const rules = compiled([
      spec('a', {
        pre: [
          { exec: { command: ['x'], timeout: '0s', container: '' } },
          { exec: { command: ['y'], timeout: '1500h', onError: 'Continue', container: 'proxy' } },
        ],
        post: null,
      }),
    ]);
    const { pre, post } = hooksFor(pod('web'), rules);
    assert.deepEqual(
      pre.map(({ container, onError, timeoutMs }) => ({ container, onError, timeoutMs })),
      [
        { container: 'main', onError: 'Fail', timeoutMs: 30_000 },
        { container: 'proxy', onError: 'Continue', timeoutMs: 2_147_483_647 },
      ],
    );
    assert.deepEqual(post, []);
  });

  test('that are wrong are all named, with their fields', () => {
    const { rules, problems } = compileHooks(
      [
        spec('a', { pre: [{ exec: { command: ['x'] } }, { exec: { command: ['x'], timeout: '-1s' } }] }),
        spec('b', { post: [{ exec: { command: ['x'], timeout: '1.2.3s' } }], includedNamespaces: ['a**'] }),
        spec('c', { labelSelector: { matchLabels: { '-': 'x' } } }),
      ],
      discovery,
    );
    assert.deepEqual(rules, []);
    const said = english(problems);
    assert.equal(said.length, 4);
    assert.match(said[0] ?? '', /^spec\.hooks\.resources\[0\]\.pre\[1\]\.exec\.timeout is "-1s"/);
    assert.match(said[1] ?? '', /^spec\.hooks\.resources\[1\]\.includedNamespaces: "a\*\*"/);
    assert.match(said[2] ?? '', /^spec\.hooks\.resources\[1\]\.post\[0\]\.exec\.timeout/);
    assert.match(said[3] ?? '', /^spec\.hooks\.resources\[2\]\.labelSelector: /);
  });

  test('that leave out pods are warned of', () => {
    const { warnings, problems } = compileHooks(
      [spec('a'), spec('b', { includedResources: ['deployments'] })],
      discovery,
    );
    assert.deepEqual(english(problems), []);
    assert.match(english(warnings).join('\n'), /^spec\.hooks\.resources\[1\] applies to no pod/);
  });

  test('may be absent', () => {
    for (const none of [undefined, null, []]) {
      assert.deepEqual(compileHooks(none, discovery), { rules: [], problems: [], warnings: [] });
    }
  });
});
