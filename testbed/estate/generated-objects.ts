import type { KubeObject } from '#kube/objects.ts';
import { seededRandom, seedFor } from './random.ts';
import type { EstateShape, GeneratedKind } from './shape.ts';

/** The label that every generated object carries; its value is the name of the shape. */
export const generatedLabel = 'estate.example.com/generated';

/** The finalizer of some Widgets. Nobody but `removeGenerated` takes it off. */
export const widgetFinalizer = 'estate.example.com/hold';

/** The versions in which Widgets are served; objects are created in all of them. */
export const widgetVersions = ['v1', 'v1beta1', 'v1alpha1'] as const;

/** The CustomResourceDefinitions of the generated kinds: Widget in three served versions, Part in one. */
export function generatedDefinitions(): KubeObject[] {
  return [definition('Widget', widgetVersions), definition('Part', ['v1'])];
}

function definition(kind: string, versions: readonly string[]): KubeObject {
  const singular = kind.toLowerCase();
  const spec = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const openAPIV3Schema = { type: 'object', properties: { spec, status: spec } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.estate.example.com` },
    spec: {
      group: 'estate.example.com',
      scope: 'Namespaced',
      names: { plural: `${singular}s`, singular, kind, listKind: `${kind}List` },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        subresources: { status: {} },
        schema: { openAPIV3Schema },
      })),
    },
  };
}

/** The names of a shape's namespaces. */
export function namespacesOf(shape: EstateShape): string[] {
  return Array.from({ length: shape.namespaces }, (_, index) => `${shape.name}-${padded(index)}`);
}

/** The namespaces and cluster-scoped objects of a shape: to be created first. */
export function* clusterObjects(shape: EstateShape): Generator<KubeObject> {
  for (const name of namespacesOf(shape))
    yield {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { [generatedLabel]: shape.name } },
    };
  if (shape.webhooks !== true) return;
  for (const kind of ['Validating', 'Mutating'] as const) yield webhook(kind, shape);
}

/** What lies in the namespaces, owners before what they own. An owner reference's uid is left empty. */
export function* namespacedObjects(shape: EstateShape): Generator<KubeObject> {
  const kinds = Object.keys(makers) as GeneratedKind[];
  for (const kind of kinds)
    for (const namespace of namespacesOf(shape))
      for (let index = 0; index < (shape.perNamespace[kind] ?? 0); index++)
        yield generated({ shape, kind, namespace, index });
}

/** The name of the `index`th object of a kind, in every namespace. */
export function generatedName(kind: GeneratedKind, index: number): string {
  return `${kind.toLowerCase()}-${padded(index)}`;
}

interface Place {
  readonly shape: EstateShape;
  readonly kind: GeneratedKind;
  readonly namespace: string;
  readonly index: number;
}

interface Making extends Place {
  readonly random: () => number;
}

type Body = Record<string, unknown> & {
  readonly finalizers?: string[];
  readonly ownerReferences?: unknown[];
};

function generated(place: Place): KubeObject {
  const { shape, kind, namespace, index } = place;
  const random = seededRandom(seedFor(shape.seed, `${namespace}/${kind}/${index}`));
  const { apiVersion, make } = makers[kind];
  const { finalizers, ownerReferences, ...body } = make({ ...place, random });
  const metadata = {
    name: generatedName(kind, index),
    namespace,
    labels: {
      [generatedLabel]: shape.name,
      tier: pick(random, ['front', 'middle', 'back']),
      shard: String(index % 8),
    },
    annotations: { 'estate.example.com/note': words(random, 6) },
    ...(finalizers === undefined ? {} : { finalizers }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  } as KubeObject['metadata'];
  return {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : apiVersion(index),
    kind,
    metadata,
    ...body,
  };
}

interface Maker {
  readonly apiVersion: string | ((index: number) => string);
  readonly make: (making: Making) => Body;
}

const rbac = 'rbac.authorization.k8s.io';

const makers: Readonly<Record<GeneratedKind, Maker>> = {
  ServiceAccount: { apiVersion: 'v1', make: () => ({ automountServiceAccountToken: false }) },
  ConfigMap: {
    apiVersion: 'v1',
    make: ({ random, shape }) => ({ data: { text: words(random, 8), payload: payload(random, shape) } }),
  },
  Secret: {
    apiVersion: 'v1',
    make: ({ random, shape }) => ({
      type: 'Opaque',
      data: { key: Buffer.from(payload(random, shape)).toString('base64') },
    }),
  },
  Role: {
    apiVersion: `${rbac}/v1`,
    make: ({ random }) => ({
      rules: [
        {
          apiGroups: [''],
          resources: [pick(random, ['pods', 'services', 'configmaps'])],
          verbs: ['get', 'list'],
        },
      ],
    }),
  },
  RoleBinding: {
    apiVersion: `${rbac}/v1`,
    make: ({ index, namespace }) => ({
      roleRef: { apiGroup: rbac, kind: 'Role', name: generatedName('Role', index) },
      subjects: [{ kind: 'ServiceAccount', name: generatedName('ServiceAccount', index), namespace }],
    }),
  },
  Deployment: { apiVersion: 'apps/v1', make: ({ index }) => ({ spec: deploymentSpec(index) }) },
  Service: {
    apiVersion: 'v1',
    make: ({ index }) => ({
      spec: {
        selector: { app: generatedName('Deployment', index) },
        ports: [{ name: 'http', port: 80, targetPort: 8080 }],
        ...(index % 2 === 0 ? { clusterIP: 'None' } : {}),
      },
    }),
  },
  Widget: {
    apiVersion: index => `estate.example.com/${widgetVersions[index % widgetVersions.length]}`,
    make: ({ random, index, shape }) => ({
      spec: {
        size: Math.floor(random() * 100),
        title: words(random, 3),
        nested: { list: [1, 'two', null, 3.5] },
      },
      ...(shape.finalizerEvery !== undefined && index % shape.finalizerEvery === 0
        ? { finalizers: [widgetFinalizer] }
        : {}),
    }),
  },
  Part: {
    apiVersion: 'estate.example.com/v1',
    make: ({ random, index, shape }) => ({
      spec: { weight: Math.round(random() * 1000) / 10 },
      ownerReferences: [
        {
          apiVersion: 'estate.example.com/v1',
          kind: 'Widget',
          name: generatedName('Widget', index % (shape.perNamespace.Widget ?? 1)),
          uid: '',
        },
      ],
    }),
  },
};

function deploymentSpec(index: number): Record<string, unknown> {
  const labels = { app: generatedName('Deployment', index) };
  const container = { name: 'main', image: 'estate.example.com/none:1', imagePullPolicy: 'Never' };
  return {
    replicas: 0,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  };
}

/** Its rules and its object selector match nothing, so that no request ever waits for its absent service. */
function webhook(kind: 'Validating' | 'Mutating', shape: EstateShape): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: `${shape.name}-widgets`, labels: { [generatedLabel]: shape.name } },
    webhooks: [
      {
        name: 'widgets.estate.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        timeoutSeconds: 1,
        clientConfig: { service: { name: 'none', namespace: `${shape.name}-${padded(0)}`, path: '/admit' } },
        rules: [
          {
            apiGroups: ['estate.example.com'],
            apiVersions: ['*'],
            operations: ['CREATE'],
            resources: ['widgets'],
          },
        ],
        objectSelector: { matchLabels: { 'estate.example.com/admit': 'never' } },
      },
    ],
  };
}

function padded(index: number): string {
  return String(index).padStart(3, '0');
}

function pick(random: () => number, from: readonly string[]): string {
  return from[Math.floor(random() * from.length)] ?? '';
}

const vocabulary =
  'ash birch cedar elm fir hazel larch maple oak pine rowan spruce willow yew 桜 松 竹 梅'.split(' ');

function words(random: () => number, count: number): string {
  return Array.from({ length: count }, () => pick(random, vocabulary)).join(' ');
}

function payload(random: () => number, shape: EstateShape): string {
  const length = shape.payloadBytes ?? 200;
  let text = '';
  while (text.length < length) text += Math.floor(random() * 2 ** 32).toString(36);
  return text.slice(0, length);
}
