import type { RunReport } from '#archive/runs/run-report.ts';
import { isHozonError } from '#foundation/errors.ts';
import type { KubeApi } from '#kube/api.ts';
import type { Discovery } from '#kube/discovery.ts';
import { notJudged } from './policies/findings.ts';
import type { DataLedger } from './volumes.ts';

/**
 * Reads what volume policies look at and the backup does not hold (a claim's volume, a volume's claim), so that its
 * filters do not change what policies say. What cannot be read is warned of.
 */
export async function lookUpVolumes(
  ledger: DataLedger,
  context: {
    api: Pick<KubeApi, 'get'>;
    discovery: Discovery;
    report: RunReport;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { api, discovery, report, signal } = context;
  for (const { resource, key } of ledger.unknown()) {
    const type = discovery.byName(resource);
    try {
      const object = type && (await api.get(type, key, { signal }));
      if (object !== undefined) ledger.learn(resource, object);
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isHozonError(thrown)) throw thrown;
      report.warning(notJudged(thrown), { resource, ...key });
    }
  }
}
