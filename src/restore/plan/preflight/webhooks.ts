import { isFields, listAt, textAt, valueAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { fromLabelSelector, matches, type Selector } from '#kube/selectors.ts';
import { finding, type PlanFinding } from '../findings.ts';
import type { PreflightOptions, Write } from './writes.ts';

const configurations = [
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
];

interface Unreachable {
  readonly configuration: string;
  readonly webhook: unknown;
  readonly service: string;
  readonly namespaces: Selector;
  readonly labels: Selector;
  objects: number;
}

/** Counts the objects for which webhooks must answer whose service does not exist. */
export class WebhookCheck {
  readonly #unreachable: readonly Unreachable[];

  private constructor(unreachable: readonly Unreachable[]) {
    this.#unreachable = unreachable;
  }

  /** Reads the cluster's webhooks. */
  static async begin(options: PreflightOptions): Promise<WebhookCheck> {
    const discovery = await options.api.discover({ signal: options.signal });
    const found: Unreachable[] = [];
    for (const name of configurations) {
      const type = discovery.byName(name);
      for await (const each of type ? options.api.list(type, { signal: options.signal }) : []) {
        found.push(...(await unreachableOf(each, options)));
      }
    }
    return new WebhookCheck(found);
  }

  note(write: Write): void {
    for (const each of this.#unreachable) if (isCalled(each, write)) each.objects++;
  }

  finish(): PlanFinding[] {
    return this.#unreachable
      .filter(({ objects }) => objects > 0)
      .map(({ configuration, webhook, service, objects }) =>
        finding('webhook-unreachable', { configuration, webhook: nameOf(webhook), service, objects }),
      );
  }
}

function nameOf(webhook: unknown): string {
  return textAt(webhook, 'name') ?? '';
}

async function unreachableOf(
  configuration: KubeObject,
  { api, signal }: PreflightOptions,
): Promise<Unreachable[]> {
  const services = (await api.discover({ signal })).byName('services');
  const found: Unreachable[] = [];
  for (const webhook of listAt(configuration, 'webhooks')) {
    const name = textAt(webhook, 'clientConfig', 'service', 'name');
    const namespace = textAt(webhook, 'clientConfig', 'service', 'namespace');
    if (textAt(webhook, 'failurePolicy') === 'Ignore' || !name || !services) continue;
    if ((await api.get(services, { namespace, name }, { signal })) !== undefined) continue;
    found.push({
      configuration: `${configuration.kind} ${configuration.metadata.name}`,
      webhook,
      service: `${namespace}/${name}`,
      namespaces: selectorOf(valueAt(webhook, 'namespaceSelector')),
      labels: selectorOf(valueAt(webhook, 'objectSelector')),
      objects: 0,
    });
  }
  return found;
}

function selectorOf(json: unknown): Selector {
  return isFields(json) ? fromLabelSelector(json) : [];
}

/** Its CEL conditions are not asked: what they say is not known before. Pure. */
function isCalled({ webhook, namespaces, labels }: Unreachable, write: Write): boolean {
  const { object, namespaceLabels } = write;
  const isNamespace = object.kind === 'Namespace' && object.apiVersion === 'v1';
  const place = isNamespace ? (object.metadata.labels ?? {}) : namespaceLabels;
  if (place !== undefined && !matches(namespaces, place)) return false;
  if (!matches(labels, object.metadata.labels)) return false;
  return listAt(webhook, 'rules').some(rule => isMeant(rule, write));
}

function isMeant(rule: unknown, { type, action }: Write): boolean {
  const names = (field: string, name: string): boolean =>
    listAt(rule, field).some(each => each === '*' || each === name);
  const scope = textAt(rule, 'scope') ?? '*';
  return (
    names('operations', action.toUpperCase()) &&
    names('apiGroups', type.group) &&
    names('apiVersions', type.version) &&
    (names('resources', type.resource) ||
      names('resources', '*/*') ||
      names('resources', `${type.resource}/*`)) &&
    (scope === '*' || scope === (type.namespaced ? 'Namespaced' : 'Cluster'))
  );
}
