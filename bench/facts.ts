import { cpus, loadavg, release, totalmem } from 'node:os';
import type { KubeClient } from '#kube/client/client.ts';

/** What figures depend on, and nothing that tells whose machine it is. */
export async function machineFacts(client: KubeClient): Promise<string> {
  const { gitVersion } = await client.version();
  const [cpu] = cpus();
  const model = cpu === undefined || cpu.model === 'unknown' ? '' : ` (${cpu.model.trim()})`;
  return [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} cores${model}`,
    `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `Linux ${release().split(/[-+]/)[0]}`,
    `load ${loadavg()[2]?.toFixed(1)} in the last 15 minutes`,
    `Node ${process.versions.node}`,
    `Kubernetes ${gitVersion}`,
  ].join(', ');
}
