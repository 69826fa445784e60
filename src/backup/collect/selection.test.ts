import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { formatKey } from '#kube/objects.ts';
import { parseSelector } from '#kube/selector-text.ts';
import { namespaceFilter } from '../filters/namespaces.ts';
import { resourceFilter } from '../filters/resources.ts';
import { plainSelection } from '../filters/selection.ts';
import { objectOf, sampleDiscovery, sampleType } from '../testing/types.ts';
import { exclusionOf } from './exclusion.ts';
import { Inventory } from './inventory.ts';
import { takesNamespace } from './namespaces.ts';
import { readOrdered } from './ordered.ts';

const pods = sampleType('pods');
const volumes = sampleType('persistentvolumes');
const namespaces = sampleType('namespaces');

suite('an object is left out', () => {
  const { filter: resources } = resourceFilter({ excludedResources: ['secrets'] }, sampleDiscovery, false);
  const rules = {
    namespaces: namespaceFilter(['a', 'b-*'], ['b-x']),
    resources,
    selection: plainSelection([]),
  };

  test('by its label, its deletion, its namespace, its type', () => {
    const why = (name: string, metadata: object): string | undefined =>
      exclusionOf(sampleType(name), objectOf(sampleType(name), { name: 'x', ...metadata }), rules);
    assert.equal(why('pods', { namespace: 'a' }), undefined);
    assert.equal(why('pods', { namespace: 'b-1' }), undefined);
    assert.equal(why('persistentvolumes', {}), undefined, 'a companion');
    assert.match(why('pods', { namespace: 'b-x' }) ?? '', /namespace/);
    assert.match(why('pods', { namespace: 'c' }) ?? '', /namespace/);
    assert.match(why('secrets', { namespace: 'a' }) ?? '', /type/);
    assert.match(why('pods', { namespace: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' }) ?? '', /deleted/);
    const labels = { 'velero.io/exclude-from-backup': 'true' };
    assert.match(why('pods', { namespace: 'a', labels }) ?? '', /exclude-from-backup/);
    assert.equal(
      why('pods', { namespace: 'a', labels: { 'velero.io/exclude-from-backup': 'false' } }),
      undefined,
    );
  });
});

suite('a Namespace object is taken', () => {
  const active = { status: { phase: 'Active' } };
  const takes = (
    included: string[],
    selectors: string[],
    inhabited: string[] = [],
    excluded: string[] = [],
  ) =>
    takesNamespace(objectOf(namespaces, { name: 'shop', labels: { app: 'web' } }, active), {
      filter: namespaceFilter(included, excluded),
      selectors: selectors.map(parseSelector),
      inhabited: new Set(inhabited),
    });

  test('when the lists include it and nothing is selected by label', () => {
    assert.equal(takes([], []), true);
    assert.equal(takes(['shop'], []), true);
    assert.equal(takes(['s*'], []), true);
    assert.equal(takes(['other'], []), false);
    assert.equal(takes([], [], [], ['shop']), false);
  });

  test('when a selector fits it', () => {
    assert.equal(takes([], ['app=web']), true);
    assert.equal(takes([], ['app=db', 'app=web']), true);
    assert.equal(takes(['other'], ['app=web']), true);
    assert.equal(takes([], ['app=web'], [], ['shop']), false);
  });

  test('when it is named, though no selector fits it; a star does not name it', () => {
    assert.equal(takes(['shop'], ['app=db']), true);
    assert.equal(takes(['*'], ['app=db']), false);
    assert.equal(takes(['*'], ['app=db'], [], ['other']), false);
  });

  test('when objects in it are stored', () => {
    assert.equal(takes(['*'], ['app=db'], ['shop']), true);
  });

  test('never while it is being deleted', () => {
    const terminating = objectOf(namespaces, { name: 'shop' }, { status: { phase: 'Terminating' } });
    const rules = { filter: namespaceFilter([], []), selectors: [], inhabited: new Set(['shop']) };
    assert.equal(takesNamespace(terminating, rules), false);
  });
});

suite('the inventory', () => {
  test('lets each object be claimed once and lists what was not refused', () => {
    const key = fc.record({
      namespace: fc.constantFrom('a', 'b', 'constructor'),
      name: fc.constantFrom('x', 'y', '__proto__'),
    });
    const step = fc.record({ key, refuse: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), steps => {
        const inventory = new Inventory();
        const model = new Map<string, boolean>();
        for (const { key, refuse } of steps) {
          assert.equal(inventory.knows(pods, key), model.has(formatKey(key)));
          assert.equal(inventory.claim(pods, key), !model.has(formatKey(key)));
          if (!model.has(formatKey(key))) model.set(formatKey(key), true);
          if (refuse) {
            inventory.refuse(pods, key);
            model.set(formatKey(key), false);
          }
        }
        const stored = [...model].filter(([, is]) => is).map(([name]) => name);
        assert.equal(inventory.size, stored.length);
        assert.deepEqual(inventory.resourceList(), stored.length === 0 ? {} : { 'v1/Pod': stored.sort() });
        assert.deepEqual(inventory.types, stored.length === 0 ? [] : [pods]);
      }),
    );
  });

  test('keeps types apart and names them by apiVersion and kind', () => {
    const inventory = new Inventory();
    inventory.claim(sampleType('widgets.example.com'), { namespace: 'a', name: 'x' });
    inventory.claim(volumes, { name: 'x' });
    assert.deepEqual(inventory.resourceList(), {
      'example.com/v1/Widget': ['a/x'],
      'v1/PersistentVolume': ['x'],
    });
    assert.deepEqual([...inventory.inhabited()], ['a']);
  });

  test('lists each object under the version that it has itself', () => {
    const inventory = new Inventory();
    const widgets = sampleType('widgets.example.com');
    const names = { 'example.com/v1': ['b', 'a'], 'example.com/v1beta1': ['c'], 'example.com/v2': ['d'] };
    for (const [apiVersion, each] of Object.entries(names))
      for (const name of each) assert.ok(inventory.claim(widgets, { namespace: 'n', name }, apiVersion));
    assert.ok(!inventory.claim(widgets, { namespace: 'n', name: 'a' }, 'example.com/v2'));
    inventory.refuse(widgets, { namespace: 'n', name: 'd' });
    assert.deepEqual(inventory.resourceList(), {
      'example.com/v1/Widget': ['n/a', 'n/b'],
      'example.com/v1beta1/Widget': ['n/c'],
    });
  });

  test('a namespace of which everything was refused has no objects in the backup', () => {
    const inventory = new Inventory();
    inventory.claim(pods, { namespace: 'a', name: 'x' });
    inventory.refuse(pods, { namespace: 'a', name: 'x' });
    assert.deepEqual([...inventory.inhabited()], []);
  });
});

suite('orderedResources', () => {
  test('name objects by type', () => {
    const { keys, problems } = readOrdered(
      { orderedResources: { po: 'a/x, a/y,', persistentvolumes: 'v1,v2' } },
      sampleDiscovery,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      [...keys],
      [
        [
          'pods',
          [
            { namespace: 'a', name: 'x' },
            { namespace: 'a', name: 'y' },
          ],
        ],
        ['persistentvolumes', [{ name: 'v1' }, { name: 'v2' }]],
      ],
    );
  });

  test('are refused where they cannot mean an object', () => {
    const { problems } = readOrdered(
      { orderedResources: { podz: 'a/x', pods: 'x,a/b/c,/y', persistentvolumes: 'a/v' } },
      sampleDiscovery,
    );
    assert.deepEqual(
      problems.map(each => each.en().split(':')[0]),
      [
        'spec.orderedResources',
        'spec.orderedResources.pods',
        'spec.orderedResources.pods',
        'spec.orderedResources.pods',
        'spec.orderedResources.persistentvolumes',
      ],
    );
  });
});
