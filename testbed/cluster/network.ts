import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runOk } from '../processes.ts';
import type { Instance } from './instance.ts';

/** The network of a cluster's pods: a bridge on this machine, and the CNI configuration that joins pods to it. */
export interface PodNetwork {
  readonly bridge: string;
  /** The bridge's own address: the node's, and where pods reach what listens on this machine. */
  readonly address: string;
  readonly configDir: string;
}

/**
 * Makes the bridge and gives it the node's address. A bridge, because kubelet does not take a loopback address
 * for a node's, and not every kernel has dummy devices. Whoever holds the slot owns a bridge of its name.
 */
export async function makePodNetwork(instance: Instance): Promise<PodNetwork> {
  const bridge = instance.name;
  const address = `${instance.subnet}.1`;
  await run(['ip', 'link', 'delete', bridge]); // of a crashed owner whose files were kept elsewhere
  await runOk(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await runOk(['ip', 'address', 'add', `${address}/24`, 'dev', bridge]);
  await runOk(['ip', 'link', 'set', bridge, 'up']);
  const configDir = join(instance.dir, 'cni');
  await mkdir(configDir, { recursive: true });
  await writeFile(join(configDir, '10-testbed.conflist'), JSON.stringify(conflist(instance), null, 2));
  return { bridge, address, configDir };
}

/** Addresses from `.2` upwards. No NAT and no forwarding: pods talk to each other and to this machine. */
function conflist(instance: Instance): object {
  return {
    cniVersion: '0.4.0',
    name: instance.name,
    plugins: [
      {
        type: 'bridge',
        bridge: instance.name,
        isGateway: false, // the bridge has its address already, and the machine's forwarding stays as it is
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(instance.dir, 'cni-addresses'),
          ranges: [
            [
              {
                subnet: `${instance.subnet}.0/24`,
                rangeStart: `${instance.subnet}.2`,
                gateway: `${instance.subnet}.1`,
              },
            ],
          ],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}
