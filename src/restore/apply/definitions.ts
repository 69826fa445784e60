import { listAt, textAt } from '#kube/fields.ts';
import type { KubeObject } from '#kube/objects.ts';
import { note } from '../notes.ts';
import { refusalOf, report, servedType, subjectOf, type Target } from './target.ts';
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
  const waiting = new Map<string, string>(names.map(name => [name, 'it was not established in time']));
  target.progress({ phase: 'wait', done: 0, total: names.length, unit: 'items' });
  const type = await servedType(target, resource);
  try {
    await within(patience, target.signal, async signal => {
      for await (const event of target.api.watch(type, { signal })) {
        if (event.type === 'ADDED' || event.type === 'MODIFIED') settle(event.object, waiting);
        const done = names.length - waiting.size;
        target.progress({ phase: 'wait', done, total: names.length, unit: 'items' });
        if (waiting.size === 0) return;
      }
    });
    await untilDiscovered(
      names.filter(name => !waiting.has(name)),
      target,
    );
  } catch (thrown) {
    const reason = refusalOf(thrown, target.signal);
    for (const name of waiting.keys()) waiting.set(name, reason);
  }
  for (const [name, reason] of waiting) {
    const object = { apiVersion: '', kind: '', metadata: { name } };
    report(target, note('definition-not-established', { name, reason }), subjectOf(type, object));
  }
}

/** Takes a definition that is established off the list; notes why another is not. */
function settle(definition: KubeObject, waiting: Map<string, string>): void {
  const { name } = definition.metadata;
  if (!waiting.has(name)) return;
  const conditions = listAt(definition, 'status', 'conditions');
  const of = (type: string): unknown => conditions.find(condition => textAt(condition, 'type') === type);
  if (textAt(of('Established'), 'status') === 'True') waiting.delete(name);
  else if (textAt(of('NamesAccepted'), 'status') === 'False')
    waiting.set(name, textAt(of('NamesAccepted'), 'message') ?? 'its names are not accepted');
}

/** Discovery follows a definition with a little delay that nothing announces. */
async function untilDiscovered(names: readonly string[], target: Target): Promise<void> {
  const { api, clock, signal } = target;
  const end = clock.monotonic() + patience / 2;
  for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
    const discovery = await api.discover({ refresh: true, signal });
    if (names.every(name => discovery.byName(name) !== undefined) || clock.monotonic() > end) return;
    await clock.sleep(wait, signal);
  }
}
