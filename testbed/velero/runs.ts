import type { KubeApi } from '#kube/api.ts';
import { apiVersionOf, type KubeObject } from '#kube/objects.ts';
import { typeNamed } from '../openshift/kinds.ts';
import type { Daemon } from '../processes.ts';
import { uniqueName } from '../shared.ts';
import { untilObject } from './waiting.ts';

export interface RunOptions {
  /** One that nobody else has unless told. */
  readonly name?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** How long to wait for its end; 900 unless told. */
  readonly seconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A Backup or a Restore in a terminal phase. */
export interface VeleroRun extends KubeObject {
  readonly status: {
    readonly phase: TerminalPhase;
    readonly errors?: number;
    readonly warnings?: number;
    readonly validationErrors?: readonly string[];
    readonly failureReason?: string;
    readonly startTimestamp?: string;
    readonly completionTimestamp?: string;
    readonly progress?: {
      readonly totalItems?: number;
      readonly itemsBackedUp?: number;
      readonly itemsRestored?: number;
    };
  };
}

const terminalPhases = ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'] as const;
export type TerminalPhase = (typeof terminalPhases)[number];

interface Request extends RunOptions {
  readonly kind: 'Backup' | 'Restore';
  readonly spec: Readonly<Record<string, unknown>>;
  readonly namespace: string;
  readonly daemon: Daemon;
}

/**
 * Creates a Backup or a Restore and waits for its end.
 *
 * @throws `testbed.process-exited`, `testbed.not-ready`, and `kube.*` where the object is not accepted
 */
export async function runToEnd(client: KubeApi, request: Request): Promise<VeleroRun> {
  const { kind, spec, namespace, daemon, signal, seconds = 900 } = request;
  const type = await typeNamed(client, `${kind.toLowerCase()}s.velero.io`, signal);
  const name = request.name ?? uniqueName(kind.toLowerCase());
  const metadata = {
    name,
    namespace,
    labels: { ...request.labels },
    annotations: { ...request.annotations },
  };
  await client.create(type, { apiVersion: apiVersionOf(type), kind, metadata, spec }, { signal });
  const wanted = ({ status }: Partial<VeleroRun>): boolean =>
    status !== undefined && terminalPhases.includes(status.phase);
  return untilObject<VeleroRun>(client, { type, key: { namespace, name }, wanted, daemon, seconds, signal });
}
