import { status as codes, type ServiceError } from '@grpc/grpc-js';
import type { HozonError } from '#foundation/errors.ts';
import { raise } from '../errors.ts';
import type { ConnectOptions } from './connection.ts';
import type { Address } from './endpoint.ts';
import { probe } from './probe.ts';
import { probeError } from './probe-error.ts';

export interface FailureContext {
  readonly address: Address;
  readonly options: ConnectOptions;
  readonly timeoutMs: number;
}

/** Longer ones are cut: what a stranger answers does not fill the screen. */
const longestDetails = 300;

const lacksLeader =
  /etcdserver: (?:no leader|leader changed|request timed out|unhealthy cluster|not leader)|raft.*dropped/;
const badLogin =
  /etcdserver: (?:user name is empty|user name not found|authentication failed|invalid auth token|authentication is not enabled)/;

/**
 * What a failed question means. etcd's own words are in the details of a gRPC status (`api/v3rpc/rpctypes/error.go`);
 * where there are none, the endpoint is looked at once more, below gRPC, to say what is wrong with it.
 */
export async function failureOf(thrown: unknown, context: FailureContext): Promise<HozonError> {
  const { endpoint } = context.options;
  if (!isServiceError(thrown)) {
    const details = thrown instanceof Error ? thrown.message : String(thrown);
    return raise['request-refused']({ endpoint, details: cut(details) }, { cause: thrown });
  }
  const details = cut(thrown.details);
  const known = byDetails(details, endpoint, thrown) ?? byCode(thrown.code, details, endpoint, thrown);
  return known ?? transportFailure(thrown, context);
}

function byDetails(details: string, endpoint: string, cause: ServiceError): HozonError | undefined {
  if (badLogin.test(details)) return raise['login-refused']({ endpoint, details }, { cause });
  if (lacksLeader.test(details)) return raise['no-leader']({ endpoint, details }, { cause });
  return undefined;
}

/** `undefined` for what is about the connection, and not about the question. */
function byCode(code: codes, details: string, endpoint: string, cause: ServiceError): HozonError | undefined {
  if (details.startsWith('etcdserver: server stopped'))
    return raise['connection-lost']({ endpoint, reason: details }, { cause });
  if (isOfConnection(code, details)) return undefined;
  if (code === codes.PERMISSION_DENIED && details.startsWith('etcdserver: '))
    return raise['permission-denied']({ endpoint }, { cause });
  if (code === codes.UNAUTHENTICATED && details.startsWith('etcdserver: '))
    return raise['login-refused']({ endpoint, details }, { cause });
  if (code === codes.DATA_LOSS) return raise['cluster-corrupt']({ endpoint }, { cause });
  if (code === codes.UNIMPLEMENTED || /HTTP status code/.test(details))
    return raise['not-etcd']({ endpoint, details }, { cause });
  return raise['request-refused']({ endpoint, details }, { cause });
}

/** What we cancel ourselves is not explained, so that it was the other side. */
function isOfConnection(code: codes, details: string): boolean {
  const codesOfIt = [codes.DEADLINE_EXCEEDED, codes.UNAVAILABLE, codes.CANCELLED];
  return codesOfIt.includes(code) || details.startsWith('Received RST_STREAM');
}

async function transportFailure(cause: ServiceError, context: FailureContext): Promise<HozonError> {
  const { address, options, timeoutMs } = context;
  const { endpoint, tls, signal } = options;
  const found = await probe(address, { tls, timeoutMs, signal });
  const error = probeError(found, endpoint, { cause, skipVerify: tls?.skipVerify === true });
  if (error !== undefined) return error;
  if (cause.code === codes.DEADLINE_EXCEEDED)
    return raise['no-answer']({ endpoint, seconds: timeoutMs / 1000 }, { cause });
  return raise['connection-lost']({ endpoint, reason: cut(cause.details) }, { cause });
}

export function isServiceError(thrown: unknown): thrown is ServiceError {
  return (
    thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' && 'details' in thrown
  );
}

function cut(details: string): string {
  return details.length <= longestDetails ? details : `${details.slice(0, longestDetails)}…`;
}
