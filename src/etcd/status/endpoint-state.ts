import { HozonError } from '#foundation/errors.ts';
import { connectEtcd } from '../client/connect.ts';
import type {
  Alarm,
  ConnectOptions,
  EtcdConnection,
  MemberList,
  MemberStatus,
} from '../client/connection.ts';
import { addressOf } from '../client/endpoint.ts';
import { probe } from '../client/probe.ts';
import { type CertificateFacts, certificateFacts } from './certificate.ts';

/** What one endpoint says of itself and of its cluster. */
export interface EndpointState {
  readonly endpoint: string;
  /** `undefined` where it could not be asked; `error` then says why. */
  readonly status: MemberStatus | undefined;
  /** The member's own list, which it keeps without a quorum. */
  readonly members: MemberList | undefined;
  /** As far as they are known: without a quorum, what the member's own status names. */
  readonly alarms: readonly Alarm[];
  /** How long a linearizable read took; `undefined` where it did not succeed. Milliseconds. */
  readonly tookMs: number | undefined;
  /** Why it could not be asked, or why the linearizable read failed. */
  readonly error: HozonError | undefined;
  /** Of the server; `undefined` without TLS, or where nothing is reached. */
  readonly certificate: CertificateFacts | undefined;
}

/** Asks one endpoint. What goes wrong there is part of the answer; only an abort and programmer errors reject. */
export async function readEndpointState(options: ConnectOptions): Promise<EndpointState> {
  const [certificate, answers] = await Promise.all([serverCertificate(options), ask(options)]);
  return { ...answers, certificate };
}

type Answers = Omit<EndpointState, 'certificate'>;

async function ask(options: ConnectOptions): Promise<Answers> {
  const { endpoint } = options;
  await using connection = connectEtcd(options);
  const status = await attempt(connection.status());
  if (status instanceof HozonError)
    return { endpoint, status: undefined, members: undefined, alarms: [], tookMs: undefined, error: status };
  const [health, members] = await Promise.all([
    attempt(connection.health()),
    attempt(connection.members({ linearizable: false })),
  ]);
  const failed = health instanceof HozonError;
  return {
    endpoint,
    status,
    members: members instanceof HozonError ? undefined : members,
    alarms: await alarmsOf(connection, status, failed),
    tookMs: failed ? undefined : health,
    error: failed ? health : undefined,
  };
}

async function alarmsOf(
  connection: EtcdConnection,
  status: MemberStatus,
  withoutQuorum: boolean,
): Promise<readonly Alarm[]> {
  const listed = withoutQuorum ? undefined : await attempt(connection.alarms());
  return listed === undefined || listed instanceof HozonError ? alarmsIn(status.errors) : listed;
}

/** A status names alarms as Go prints them: `memberID:14168 alarm:NOSPACE`. */
export function alarmsIn(errors: readonly string[]): Alarm[] {
  return errors.flatMap(text => {
    const [, id, kind] = /memberID:(\d+) alarm:(NOSPACE|CORRUPT)/.exec(text) ?? [];
    if (id === undefined) return [];
    return [
      { memberId: BigInt(id).toString(16), alarm: kind === 'CORRUPT' ? 'CORRUPT' : 'NOSPACE' } as const,
    ];
  });
}

async function serverCertificate(options: ConnectOptions): Promise<CertificateFacts | undefined> {
  const { tls, signal, timeoutMs = 5000 } = options;
  const address = addressOf(options);
  if (!address.secure) return undefined;
  const found = await probe(address, { tls, timeoutMs, signal });
  const certificate = 'certificate' in found ? found.certificate : undefined;
  return certificate === undefined ? undefined : certificateFacts(certificate);
}

async function attempt<T>(answer: Promise<T>): Promise<T | HozonError> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof HozonError && thrown.exit !== 'cancelled') return thrown;
    throw thrown;
  }
}
