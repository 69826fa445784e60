import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { note } from '../notes.ts';
import { refusalOf } from './refusal.ts';
import { report, servedType, type Target } from './target.ts';
import { within } from './within.ts';

const resource = 'customresourcedefinitions.apiextensions.k8s.io';

/** How long new definitions may take until they are served. Milliseconds. */
const patience = 60_000;

/**
 * Waits until definitions that were just written are established and the server lists their types, and makes
 * discovery see them. One that is not served in time is reported.
 */
export async function untilServed(names: readonly string[], target: Target): Promise<void> {
  if (names.length === 0) return;
  const waiting: Waiting = { names: new Set(names), refused: new Map() };
  const tell = (): void => {
    const done = names.length - waiting.names.size;
    target.progress({ phase: 'wait', done, total: names.length, unit: 'items' });
  };
  tell();
  const type = await servedType(target, resource);
  try {
    await within(patience, target.signal, async signal => {
      for await (const event of target.api.watch(type, { signal })) {
        if (event.type === 'ADDED' || event.type === 'MODIFIED') settle(event.object, waiting);
        tell();
        if (waiting.names.size === 0) return;
      }
    });
  } catch (thrown) {
    const reason = refusalOf(thrown, target.signal);
    for (const name of waiting.names) waiting.refused.set(name, reason);
  }
  const late = [...waiting.names].filter(name => !waiting.refused.has(name));
  for (const name of late) waiting.refused.set(name, `it was not established within ${patience / 1000} s`);
  for (const [name, reason] of waiting.refused) {
    const subject = { resource, name };
    report(target, note('definition-not-established', { name, reason }), subject);
  }
  await untilDiscovered(
    names.filter(name => !waiting.refused.has(name)),
    target,
  );
}

interface Waiting {
  readonly names: Set<string>;
  /** Why a definition will not be served. */
  readonly refused: Map<string, string>;
}

function settle(definition: KubeObject, { names, refused }: Waiting): void {
  const { name } = definition.metadata;
  const conditions = listAt(definition, 'status', 'conditions');
  const of = (type: string): unknown => conditions.find(condition => textAt(condition, 'type') === type);
  const taken = textAt(of('NamesAccepted'), 'status') === 'False';
  if (!names.has(name) || (!taken && textAt(of('Established'), 'status') !== 'True')) return;
  names.delete(name);
  if (taken) refused.set(name, textAt(of('NamesAccepted'), 'message') ?? 'its names are taken');
}

/** Discovery follows a definition with a little delay that nothing announces. */
async function untilDiscovered(names: readonly string[], target: Target): Promise<void> {
  const { api, clock, signal } = target;
  if (names.length === 0) return;
  const end = clock.monotonic() + patience / 2;
  for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
    const discovery = await api.discover({ refresh: true, signal });
    if (names.every(name => discovery.byName(name) !== undefined) || clock.monotonic() > end) return;
    await clock.sleep(wait, signal);
  }
}
