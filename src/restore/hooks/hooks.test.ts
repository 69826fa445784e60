import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RestoreResourceHook } from '#api/velero/hooks.ts';
import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { readHooks } from '../request/hooks.ts';
import type { HookRules } from './hook.ts';
import { withInitHooks } from './init.ts';
import { asksForHooks, hooksFor } from './resolve.ts';

const exec = 'post.hook.restore.velero.io/';
const init = 'init.hook.restore.velero.io/';

function pod(annotations: Record<string, string> = {}, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'db-0', namespace: 'shop', labels: { app: 'db' }, annotations },
    spec: { containers: [{ name: 'db' }, { name: 'proxy' }], ...spec },
  };
}

function rulesOf(...specs: Partial<RestoreResourceHook>[]): HookRules {
  const { rules, problems } = readHooks(specs.map((spec, index) => ({ name: `rule-${index}`, ...spec })));
  assert.deepEqual(
    problems.map(each => each.en()),
    [],
  );
  return rules;
}

const names = (containers: readonly unknown[]): unknown[] => containers.map(each => textAt(each, 'name'));

test('annotations make one hook, with defaults for what they do not say', () => {
  const { hooks, warnings } = hooksFor(pod({ [`${exec}command`]: '["psql", "-f", "/x"]' }), []);
  assert.deepEqual(warnings, []);
  assert.deepEqual(hooks, [
    {
      name: '<from-annotation>',
      source: 'annotation',
      container: 'db',
      command: ['psql', '-f', '/x'],
      onError: undefined,
      timeoutMs: 30_000,
      waitMs: undefined,
      waitForReady: false,
    },
  ]);
  assert.deepEqual(hooksFor(pod({ [`${exec}container`]: 'db' }), []).hooks, []);
});

test('what annotations say is taken, and what makes no sense is told and passed over', () => {
  const said = (values: Record<string, string>) => {
    const annotations = Object.entries(values).map(([key, value]) => [`${exec}${key}`, value]);
    return hooksFor(pod({ [`${exec}command`]: 'ls -l', ...Object.fromEntries(annotations) }), []);
  };
  const good = said({
    container: 'proxy',
    'on-error': 'Fail',
    'exec-timeout': '1m',
    'wait-timeout': '2m',
    'wait-for-ready': 'T',
  });
  assert.deepEqual(good.warnings, []);
  const [hook] = good.hooks;
  assert.deepEqual(
    [hook?.container, hook?.command, hook?.onError, hook?.timeoutMs, hook?.waitMs, hook?.waitForReady],
    ['proxy', ['ls -l'], 'Fail', 60_000, 120_000, true],
  );
  const bad = said({
    'on-error': 'fail',
    'exec-timeout': '-1s',
    'wait-timeout': 'soon',
    'wait-for-ready': 'yes',
  });
  assert.equal(bad.warnings.length, 4);
  const [other] = bad.hooks;
  assert.deepEqual(
    [other?.onError, other?.timeoutMs, other?.waitMs, other?.waitForReady],
    [undefined, 30_000, undefined, false],
  );
});

test('rules apply by namespace and labels, in order, unless the pod has a hook by annotation', () => {
  const postHooks = [{ exec: { command: ['true'], waitTimeout: '0' } }];
  const rules = rulesOf(
    { postHooks, includedNamespaces: ['shop'], includedResources: ['pods'] },
    { postHooks, excludedNamespaces: ['sh*'] },
    { postHooks, labelSelector: { matchLabels: { app: 'db' } } },
    { postHooks, labelSelector: { matchLabels: { app: 'web' } } },
    { postHooks: [{ exec: { command: ['true'], container: 'absent' } }] },
  );
  const { hooks } = hooksFor(pod(), rules);
  assert.deepEqual(
    hooks.map(each => [each.name, each.problem?.en()]),
    [
      ['rule-0', undefined],
      ['rule-2', undefined],
      ['rule-4', 'the pod has no container "absent" that runs beside the others'],
    ],
  );
  assert.equal(hooks[0]?.waitMs, undefined);
  assert.equal(hooksFor(pod({ [`${exec}command`]: 'ls' }), rules).hooks.length, 1);
  assert.equal(asksForHooks(pod(), rulesOf({ postHooks, includedNamespaces: ['blog'] })), false);
});

test('init containers come after the one that waits for volumes, and before the pod’s own', () => {
  const container = (name: string) => ({ name, image: 'x', command: ['true'] });
  const rules = rulesOf({ postHooks: [{ init: { initContainers: [container('a'), container('b')] } }] });
  const given = (own: string[], annotations: Record<string, string> = {}) => {
    const before = pod(annotations, { initContainers: own.map(container) });
    const after = withInitHooks(before, { rules, restoreName: 'again' });
    assert.deepEqual(withInitHooks(before, { rules, restoreName: 'again' }), after);
    return listAt(after, 'spec', 'initContainers');
  };
  assert.deepEqual(names(given(['own'])), ['a', 'b', 'own']);
  assert.deepEqual(names(given(['restore-wait', 'own'])), ['restore-wait', 'a', 'b', 'own']);
  assert.deepEqual(names(given(['own', 'restore-wait'])), ['a', 'b', 'own', 'restore-wait']);
  const annotated = { [`${init}container-image`]: 'busybox', [`${init}command`]: '["sh", "-c", "id"]' };
  const [first, ...others] = given(['own'], annotated);
  assert.match(textAt(first, 'name') ?? '', /^velero-restore-init-[0-9a-f]{8}$/);
  assert.deepEqual(listAt(first, 'command'), ['sh', '-c', 'id']);
  assert.deepEqual(names(others), ['own']);
  const named = given([], { [`${init}container-image`]: 'busybox', [`${init}container-name`]: 'fill' });
  assert.deepEqual(named, [{ name: 'fill', image: 'busybox' }]);
});

test('a pod keeps every container of its own, in order, whatever hooks are put into it', () => {
  const name = fc.stringMatching(/^[a-z]{1,5}$/);
  fc.assert(
    fc.property(fc.array(name), fc.array(name), fc.boolean(), (own, added, waits) => {
      const containers = [...(waits ? ['restore-wait'] : []), ...own].map(each => ({ name: `own-${each}` }));
      if (waits) containers[0] = { name: 'restore-wait' };
      const rules: HookRules = [
        { name: 'r', appliesTo: () => true, exec: [], init: added.map(each => ({ name: `new-${each}` })) },
      ];
      const before = pod({}, { initContainers: containers });
      const after = withInitHooks(before, { rules, restoreName: 'again' });
      const all = names(listAt(after, 'spec', 'initContainers'));
      assert.equal(all.length, containers.length + added.length);
      assert.deepEqual(
        all.filter(each => !String(each).startsWith('new-')),
        names(containers),
      );
      if (waits) assert.equal(all[0], 'restore-wait');
    }),
  );
});
