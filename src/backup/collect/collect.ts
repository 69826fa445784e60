import { isHozonError } from '#foundation/errors.ts';
import type { KubeObject } from '#kube/objects.ts';
import * as finding from '../findings.ts';
import type { BackupRequest } from '../request.ts';
import { definitions, takeDefinitions } from './definitions.ts';
import type { Inventory } from './inventory.ts';
import { type ItemContext, ItemSink } from './items.ts';
import { runLists } from './lists.ts';
import { takesNamespace } from './namespaces.ts';
import { type Preparation, typeOf } from './prepare.ts';

export interface CollectContext
  extends Pick<
    ItemContext,
    'archive' | 'hookCounts' | 'related' | 'onStored' | 'progress' | 'api' | 'report' | 'signal'
  > {
  readonly request: BackupRequest;
  readonly preparation: Preparation;
}

/**
 * Puts everything that the request takes into the archive: what the lists yield and what it brings along, then the
 * namespaces that this has made wanted, then the definitions of custom types.
 */
export async function collect(context: CollectContext): Promise<Inventory> {
  const { request, preparation, api, report, signal } = context;
  const { discovery, resources, namespaces, selection } = preparation;
  const sink = new ItemSink({
    ...context,
    backup: request.name,
    discovery,
    hooks: preparation.hooks,
    rules: { namespaces: namespaces.filter, resources, selection },
  });
  await runLists(preparation.lanes, { api, report, selection, signal, take: items => sink.take(items) });
  if (resources.scope(typeOf(discovery, 'namespaces')) === 'all') await takeNamespaces(sink, context);
  const definition = discovery.byName(definitions);
  if (definition !== undefined && resources.scope(definition) === 'related') {
    await takeDefinitions(definition, { api, sink, report, signal });
  }
  return sink.inventory;
}

async function takeNamespaces(sink: ItemSink, context: CollectContext): Promise<void> {
  const { preparation, request, report } = context;
  const { filter, objects } = preparation.namespaces;
  const type = typeOf(preparation.discovery, 'namespaces');
  const inhabited = sink.inventory.inhabited();
  for (const object of [...objects.values(), ...(await newcomers(inhabited, context))]) {
    if (takesNamespace(object, { filter, selectors: request.selectors, inhabited })) {
      await sink.take([{ type, object }]);
    }
  }
  report.info(`${inhabited.size} namespaces have objects in the backup`);
}

/** Namespaces that were made while objects were listed. */
async function newcomers(
  inhabited: ReadonlySet<string>,
  { api, report, signal, preparation }: CollectContext,
): Promise<KubeObject[]> {
  const { objects, targets } = preparation.namespaces;
  const type = typeOf(preparation.discovery, 'namespaces');
  const found: KubeObject[] = [];
  for (const name of targets === undefined ? inhabited : []) {
    if (objects.has(name)) continue;
    try {
      const object = await api.get(type, { name }, { signal });
      if (object !== undefined) found.push(object);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isHozonError(thrown)) throw thrown;
      report.error(finding.notRead(thrown), { resource: 'namespaces', name });
    }
  }
  return found;
}
