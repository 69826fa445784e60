import type { BackupSpec } from '#api/velero/backup.ts';
import { openBackup, readBackup } from '#archive/stored/backups.ts';
import { compareBackups, compareWithLive } from '#backup/diff/compare.ts';
import type { DifferenceRequest } from '#backup/diff/request.ts';
import type { Message } from '#foundation/language.ts';
import { changeData } from '#kube/diff/changes.ts';
import type { Difference } from '#kube/diff/differences.ts';
import { withMappedNamespaces } from '#restore/transform/namespaces.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { description, listing, type Outcome } from '../../output/outcome.ts';
import type { FlagValues, Handler } from '../../spec.ts';
import { given, listsOf, selectorsOf } from '../../velero/spec-flags.ts';
import { diffColumns, diffFields, nameOf, summaryOf } from './diff-fields.ts';
import type { diff, diffFlags } from './diff-flags.ts';
import { diffTexts } from './diff-messages.ts';

/** The word for the cluster in the place of a backup. */
const live = 'live';

export const run: Handler<typeof diff> = async ({ args: [from = '', to = ''], flags }, context) => {
  const request = requestOf(`${from} ${to}`, flags);
  const { store } = await context.location();
  const { signal } = context;
  const backup = await readBackup(store, from, { signal });
  await using archive = await openBackup(store, from, { signal });
  let compared = 0;
  const onObject = (): void => context.progress({ phase: 'check', done: ++compared, unit: 'items' });
  const options = { signal, onObject };
  if (to === live) {
    const notes: Message[] = [];
    const found = await Array.fromAsync(
      compareWithLive({ backup, archive }, request, {
        ...options,
        api: await context.cluster(),
        veleroNamespace: await context.veleroNamespace(),
        onUnreadPolicy: why => notes.push(diffTexts.policy(why)),
      }),
    );
    return { ...shown({ from, to, found }, flags, context), notes };
  }
  await using other = await openBackup(store, to, { signal });
  const found = await Array.fromAsync(compareBackups(archive, other, request, options));
  return shown({ from, to, found }, flags, context);
};

type Given = FlagValues<typeof diffFlags>;

function requestOf(name: string, flags: Given): DifferenceRequest {
  const filters: BackupSpec = {
    ...listsOf(flags, {
      includedNamespaces: 'includeNamespaces',
      excludedNamespaces: 'excludeNamespaces',
      includedResources: 'includeResources',
      excludedResources: 'excludeResources',
    }),
    ...given({ includeClusterResources: flags.includeClusterResources }),
    ...selectorsOf(flags),
  };
  return {
    name: name.replaceAll(/[^a-z0-9.]+/g, '-').slice(0, 200),
    filters,
    mapping: mappingOf(flags.namespaceMappings ?? {}),
    mapped: withMappedNamespaces,
    status: flags.status === true,
  };
}

/** Two namespaces on one would hide objects behind each other. */
function mappingOf(flag: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const targets = Object.values(flag);
  const wrong = Object.entries(flag).find(
    ([, to]) => to === '' || targets.filter(each => each === to).length > 1,
  );
  if (wrong === undefined) return new Map(Object.entries(flag));
  throw cliErrors.raise['bad-value']({
    flag: '--namespace-mappings',
    given: wrong.join(':'),
    expected: 'shop:shop-copy',
  });
}

interface Compared {
  readonly from: string;
  readonly to: string;
  readonly found: readonly Difference[];
}

function shown(compared: Compared, flags: Given, { globals }: Context): Outcome {
  const { from, to, found } = compared;
  const data = (each: Difference): unknown => ({ ...each, fields: changeData(each.fields) });
  if (globals.output === 'name' || globals.output === 'wide') {
    return listing({ items: found, columns: diffColumns, name: nameOf, data, empty: diffTexts.none });
  }
  return description({
    data: { kind: 'BackupDifference', from, to, summary: summaryOf(found), items: found.map(data) },
    name: `${from}..${to}`,
    text: diffFields({ from, to: to === live ? diffTexts.live : to, found }, flags.details === true),
  });
}
