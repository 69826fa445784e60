import type { Restore } from '#api/velero/restore.ts';
import type { Field } from '../../output/outcome.ts';
import { maybe } from '../../velero/describe.ts';
import { veleroTexts } from '../../velero/texts.ts';
import { restoreTexts } from './messages.ts';
import { type RestoredList, type TypeTally, tallyByNamespace, tallyByType, total } from './tally.ts';

/** With more namespaces than this, a summary counts by type alone. */
const mostNamespaces = 20;

/** What became of the objects, by namespace and type. */
export function tallyField(list: RestoredList): Field {
  const types = tallyByType(list);
  const label = restoreTexts.objects;
  if (types.length === 0) return { label, value: restoreTexts.nothing };
  const namespaces = tallyByNamespace(list);
  const fields =
    namespaces.length > mostNamespaces
      ? types.map(typeField)
      : namespaces.map(each => ({
          label: each.namespace === '' ? restoreTexts.clusterScoped : each.namespace,
          fields: each.types.map(typeField),
        }));
  return { label, value: restoreTexts.counts(total(types)), fields };
}

function typeField({ type, counts }: TypeTally): Field {
  const text = restoreTexts.counts(counts);
  return { label: type, value: (counts.failed ?? 0) > 0 ? { text, tone: 'bad' } : text };
}

/** `shop → shop-copy`. */
export function mappingField({ spec }: Restore): Field[] {
  const pairs = Object.entries(spec.namespaceMapping ?? {});
  return maybe(
    veleroTexts.mappings,
    pairs.map(([from, to]) => `${from} → ${to}`),
  );
}

/** How many hooks ran. */
export function hookField({ status }: Restore): Field[] {
  const { hooksAttempted = 0, hooksFailed = 0 } = status?.hookStatus ?? {};
  if (hooksAttempted === 0) return [];
  const text = veleroTexts.hooksRun({ attempted: hooksAttempted, failed: hooksFailed });
  return [{ label: veleroTexts.hooks, value: hooksFailed > 0 ? { text, tone: 'bad' } : text }];
}
