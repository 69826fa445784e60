import { readFile } from 'node:fs/promises';
import type { EtcdTls, EtcdUser } from '#etcd/client/connection.ts';
import { raise } from '#etcd/errors.ts';
import { parseDuration } from '#foundation/duration.ts';
import { describeThrown } from '#foundation/errors.ts';
import { say } from '#foundation/language.ts';
import type { Context, Env } from '../../context.ts';
import type { FlagValues } from '../../spec.ts';
import type { accessFlags } from './access-flags.ts';

/** Where members are, and how they are asked. */
export interface EtcdAccess {
  readonly endpoints: readonly string[];
  readonly tls: EtcdTls | undefined;
  readonly user: EtcdUser | undefined;
  readonly timeoutMs: number | undefined;
}

type AccessValues = FlagValues<typeof accessFlags>;

/**
 * The flags, and what they leave open from etcdctl's variables (`ETCDCTL_ENDPOINTS`, `…_CACERT`, `…_CERT`, `…_KEY`,
 * `…_USER`, `…_PASSWORD`, `…_COMMAND_TIMEOUT`, `…_INSECURE_SKIP_TLS_VERIFY`), which pods of OpenShift's etcd have set.
 * Without any, etcdctl's own default.
 *
 * @throws `etcd.credentials-unreadable`
 */
export async function readAccess(flags: AccessValues, { env }: Pick<Context, 'env'>): Promise<EtcdAccess> {
  const [ca, cert, key] = await Promise.all([
    readPem(flags.cacert ?? env['ETCDCTL_CACERT']),
    readPem(flags.cert ?? env['ETCDCTL_CERT']),
    readPem(flags.key ?? env['ETCDCTL_KEY']),
  ]);
  const skipVerify = env['ETCDCTL_INSECURE_SKIP_TLS_VERIFY'] === 'true';
  const secured = [ca, cert, key].some(each => each !== undefined) || skipVerify;
  const timeout = env['ETCDCTL_COMMAND_TIMEOUT'];
  return {
    endpoints: flags.endpoints ?? endpointsIn(env),
    tls: secured ? { ca, cert, key, skipVerify } : undefined,
    user: userIn(env),
    timeoutMs: flags.commandTimeout ?? (timeout ? parseDuration(timeout) : undefined),
  };
}

function endpointsIn(env: Env): string[] {
  const given = (env['ETCDCTL_ENDPOINTS'] ?? '').split(',').map(text => text.trim());
  const endpoints = given.filter(text => text !== '');
  return endpoints.length > 0 ? endpoints : ['127.0.0.1:2379'];
}

/** `NAME:PASSWORD`, or the two apart. Not a flag, because every user of a machine sees arguments. */
function userIn(env: Env): EtcdUser | undefined {
  const user = env['ETCDCTL_USER'];
  if (user === undefined || user === '') return undefined;
  const apart = env['ETCDCTL_PASSWORD'];
  if (apart !== undefined) return { name: user, password: apart };
  const colon = user.indexOf(':');
  return colon < 0
    ? { name: user, password: '' }
    : { name: user.slice(0, colon), password: user.slice(colon + 1) };
}

async function readPem(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined || file === '') return undefined;
  try {
    return await readFile(file);
  } catch (thrown) {
    const why = describeThrown(thrown);
    throw raise['credentials-unreadable']({ file, reason: say(why, why) }, { cause: thrown });
  }
}
