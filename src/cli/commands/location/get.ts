import { isAbort, isHozonError } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';
import type { Context } from '../../context.ts';
import { cliErrors } from '../../errors.ts';
import { clusterLocations, isDefault, isReadOnly, placeOf } from '../../locations/cluster-locations.ts';
import { heads } from '../../messages.ts';
import { type Column, listing } from '../../output/outcome.ts';
import { reasonOf } from '../../reason.ts';
import { type Handler, say } from '../../spec.ts';
import { locationTexts } from './messages.ts';
import type { get } from './table.ts';

interface Row {
  readonly name: string;
  readonly url: string;
  readonly origin: 'config' | 'cluster';
  readonly default: boolean;
  readonly accessMode: 'ReadOnly' | 'ReadWrite';
  readonly phase?: string;
}

export const run: Handler<typeof get> = async ({ args: [name] }, context) => {
  const configured = await fromConfig(context);
  const cluster = await fromCluster(
    context,
    configured.some(row => row.default),
  );
  const rows = [...configured, ...cluster.rows];
  const items = name === undefined ? rows : rows.filter(row => row.name === name).slice(0, 1);
  if (name !== undefined && items.length === 0) {
    throw cliErrors.raise['unknown-location'](
      { name, known: rows.map(row => row.name) },
      { cause: cluster.failure },
    );
  }
  return listing({
    items,
    columns,
    name: row => row.name,
    single: name !== undefined,
    empty: locationTexts.none,
    notes: cluster.notes,
  });
};

const columns: readonly Column<Row>[] = [
  { header: heads.name, cell: row => row.name },
  { header: heads.url, cell: row => row.url },
  {
    header: heads.origin,
    cell: row => (row.origin === 'config' ? locationTexts.fromConfig : locationTexts.fromCluster),
  },
  { header: heads.access, cell: row => row.accessMode },
  { header: heads.default, cell: row => (row.default ? say('yes', 'はい') : '') },
  { header: heads.status, cell: row => row.phase ?? '', wide: true },
];

async function fromConfig(context: Context): Promise<Row[]> {
  const { locations = {}, defaultLocation } = await context.config();
  return Object.entries(locations).map(([name, location]) => ({
    name,
    url: location.url,
    origin: 'config',
    default: name === defaultLocation,
    accessMode: location.readOnly === true ? 'ReadOnly' : 'ReadWrite',
  }));
}

interface Found {
  readonly rows: readonly Row[];
  readonly notes: readonly Message[];
  readonly failure?: unknown;
}

/** A cluster that is not there, or has no Velero, only means fewer rows. */
async function fromCluster(context: Context, haveDefault: boolean): Promise<Found> {
  try {
    const namespace = await context.veleroNamespace();
    const found = await clusterLocations(await context.cluster(), namespace, context.signal);
    const rows = found.map(
      (location): Row => ({
        name: location.metadata.name,
        url: placeOf(location),
        origin: 'cluster',
        default: !haveDefault && isDefault(location),
        accessMode: isReadOnly(location) ? 'ReadOnly' : 'ReadWrite',
        ...phaseOf(location['status']),
      }),
    );
    return { rows, notes: [] };
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    const expected = ['kube.not-found', 'kube.kubeconfig-missing'].some(code => isHozonError(thrown, code));
    if (expected) return { rows: [], notes: [], failure: thrown };
    return { rows: [], notes: [locationTexts.clusterSkipped(reasonOf(thrown))], failure: thrown };
  }
}

function phaseOf(status: unknown): { phase?: string } {
  const phase = (status as { phase?: unknown } | undefined)?.phase;
  return typeof phase === 'string' ? { phase } : {};
}
