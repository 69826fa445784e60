import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import { type ChannelCredentials, type ChannelOptions, Client, credentials } from '@grpc/grpc-js';
import { say } from '#foundation/language.ts';
import { raise } from '../errors.ts';
import type { EtcdTls } from './connection.ts';
import { type Address, targetOf } from './endpoint.ts';
import { trusted } from './trusted.ts';

/** Far above what etcd allows for a request (1.5 MiB), so that a hostile answer is bounded and a page of keys fits. */
const largestAnswer = 128 * 1024 * 1024;

const options: ChannelOptions = {
  'grpc.max_receive_message_length': largestAnswer,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0, // as etcdctl: a proxy for web traffic is no way to etcd
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.keepalive_time_ms': 20_000, // notices in a long stream that the other side is gone; etcd allows one in 5 s
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc-node.flow_control_window': 8 * 1024 * 1024,
  'grpc.enable_channelz': 0, // nobody looks at its counters, and it counts every message
};

/** A gRPC client of one member. Connects when it is first asked something. */
export function openChannel(address: Address, tls: EtcdTls | undefined): Client {
  if (!address.secure) return new Client(targetOf(address), credentials.createInsecure(), options);
  const name = tls?.serverName ?? address.host;
  return new Client(targetOf(address), secure(tls ?? {}, name), {
    ...options,
    'grpc.ssl_target_name_override': indicated(name),
    'grpc.default_authority': indicated(name),
  });
}

/** TLS names no addresses in its server name indication, and gRPC always sends one. etcd does not look at it. */
function indicated(name: string): string {
  return name === '' || isIP(name) !== 0 ? 'etcd' : name;
}

/** @throws `etcd.credentials-unreadable` where certificate and key are none, or do not belong together */
function secure({ ca, cert, key, skipVerify = false }: EtcdTls, name: string): ChannelCredentials {
  try {
    requirePem(ca);
    const context = createSecureContext({
      ...trusted(ca),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    return credentials.createFromSecureContext(context, {
      rejectUnauthorized: !skipVerify,
      checkServerIdentity: (_, peer) => checkServerIdentity(name, peer),
    });
  } catch (thrown) {
    const reason = say(
      'they are no PEM, or the key does not belong to the certificate',
      'PEM 形式でないか、キーが証明書に対応していません',
    );
    throw raise['credentials-unreadable']({ file: '--cacert, --cert, --key', reason }, { cause: thrown });
  }
}

/** A context takes anything for authorities, and then trusts nobody. */
function requirePem(ca: Buffer | undefined): X509Certificate | undefined {
  return ca && new X509Certificate(ca);
}
