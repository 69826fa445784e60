import { listAt, textAt, valueAt } from '#kube/fields.ts';
import {
  formatKey,
  type GroupResource,
  groupResource,
  type KubeObject,
  keyOf,
  type ResourceType,
} from '#kube/objects.ts';
import { finding, type PlanFinding } from '../findings.ts';
import type { PreflightOptions, Write } from './writes.ts';

/** Types of which objects are named by others, without the API server looking whether they exist. */
const classes = {
  storage: 'storageclasses.storage.k8s.io',
  priority: 'priorityclasses.scheduling.k8s.io',
  ingress: 'ingressclasses.networking.k8s.io',
  runtime: 'runtimeclasses.node.k8s.io',
} as const satisfies Record<string, GroupResource>;

type Reference = readonly [GroupResource, string | undefined];

/** Where an object names a class. Pure. */
export function classesNamed(type: ResourceType, object: KubeObject): Reference[] {
  const found = [
    ...(own.get(groupResource(type))?.(object) ?? []),
    ...podSpecs(type, object).flatMap((spec): Reference[] => [
      [classes.priority, textAt(spec, 'priorityClassName')],
      [classes.runtime, textAt(spec, 'runtimeClassName')],
    ]),
  ];
  return found.filter(([, name]) => name !== undefined && name !== '');
}

const own: ReadonlyMap<GroupResource, (object: KubeObject) => Reference[]> = new Map([
  ['persistentvolumeclaims', ofClaim],
  ['ingresses.networking.k8s.io', object => [[classes.ingress, textAt(object, 'spec', 'ingressClassName')]]],
  [
    'statefulsets.apps',
    object => listAt(object, 'spec', 'volumeClaimTemplates').flatMap(template => ofClaim(template)),
  ],
]);

/** A claim that has its volume needs no class. */
function ofClaim(claim: unknown): Reference[] {
  const isBound = Boolean(textAt(claim, 'spec', 'volumeName'));
  return isBound ? [] : [[classes.storage, textAt(claim, 'spec', 'storageClassName')]];
}

function podSpecs({ group, resource }: ResourceType, object: KubeObject): unknown[] {
  if (group === '' && resource === 'pods') return [object['spec']];
  const templates = [
    valueAt(object, 'spec', 'template'),
    valueAt(object, 'spec', 'jobTemplate', 'spec', 'template'),
  ];
  return templates.map(template => valueAt(template, 'spec'));
}

interface Named {
  readonly kind: GroupResource;
  readonly name: string;
  readonly first: string;
  objects: number;
}

/** Gathers which classes restored objects name, and says which of them are neither there nor restored. */
export class ClassCheck {
  readonly #named = new Map<string, Named>();
  readonly #written = new Set<string>();

  note({ type, object }: Write): void {
    this.#written.add(`${groupResource(type)} ${object.metadata.name}`);
    for (const [kind, name = ''] of classesNamed(type, object)) {
      const key = `${kind} ${name}`;
      const first = `${object.kind} ${formatKey(keyOf(object))}`;
      const known = this.#named.get(key) ?? { kind, name, first, objects: 0 };
      known.objects++;
      this.#named.set(key, known);
    }
  }

  async finish({ api, signal }: PreflightOptions): Promise<PlanFinding[]> {
    const discovery = await api.discover({ signal });
    const found: PlanFinding[] = [];
    for (const [key, { kind, name, objects, first }] of this.#named) {
      if (this.#written.has(key)) continue;
      const type = discovery.byName(kind);
      const there = type && (await api.get(type, { name }, { signal }));
      const kindName = type?.kind ?? kind;
      if (there === undefined) found.push(finding('class-missing', { kind: kindName, name, objects, first }));
    }
    return found;
  }
}
