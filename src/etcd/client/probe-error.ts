import type { X509Certificate } from 'node:crypto';
import type { ErrorContext, HozonError } from '#foundation/errors.ts';
import { type Message, say } from '#foundation/language.ts';
import { raise } from '../errors.ts';
import type { Probe } from './probe.ts';

/** What is wrong with an endpoint by what was found there; `undefined` where nothing is. */
export function probeError(
  found: Probe,
  endpoint: string,
  context: ErrorContext & { readonly skipVerify: boolean },
): HozonError | undefined {
  if (found.kind === 'not-tls') return raise['endpoint-not-tls']({ endpoint }, context);
  if (found.kind === 'needs-tls') return raise['endpoint-needs-tls']({ endpoint }, context);
  if (found.kind === 'other-protocol') return raise['not-etcd']({ endpoint, details: 'no HTTP/2' }, context);
  if (found.kind === 'unreachable')
    return raise['endpoint-unreachable']({ endpoint, reason: unreachable(found.code) }, context);
  if (found.kind === 'silent')
    return raise['endpoint-unreachable']({ endpoint, reason: unreachable('ETIMEDOUT') }, context);
  const { distrust, certificate } = found;
  if (distrust !== undefined && certificate !== undefined && !context.skipVerify)
    return distrusted(distrust, certificate, { endpoint, context });
  if (found.kind === 'client-refused')
    return raise['client-refused']({ endpoint, reason: refusal(found.alert) }, context);
  return undefined;
}

function distrusted(
  code: string,
  certificate: X509Certificate,
  { endpoint, context }: { readonly endpoint: string; readonly context: ErrorContext },
): HozonError {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const { validFromDate: from, validToDate: to } = certificate;
    return raise['server-expired']({ endpoint, from, to }, context);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = certificate.subjectAltName ?? certificate.subject.replaceAll('\n', ', ');
    return raise['server-misnamed']({ endpoint, names }, context);
  }
  return raise['server-untrusted']({ endpoint, reason: distrustText(code) }, context);
}

function distrustText(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

const reasons: Readonly<Record<string, Message>> = {
  ECONNREFUSED: say('nothing listens there', '接続が拒否されました'),
  ECONNRESET: say('it closed the connection', '接続が切断されました'),
  ENOTFOUND: say('the name is not known', 'ホスト名を解決できません'),
  EAI_AGAIN: say('the name cannot be looked up now', 'ホスト名を一時的に解決できません'),
  EHOSTUNREACH: say('there is no way to the host', 'ホストに到達できません'),
  ENETUNREACH: say('there is no way to the network', 'ネットワークに到達できません'),
  ETIMEDOUT: say('it does not answer', '応答がありません'),
  ENOENT: say('there is no such socket', 'ソケットがありません'),
};

function unreachable(code: string): Message {
  return reasons[code] ?? say(code, code);
}

/** The server's words are those of TLS (RFC 8446, 6.2). */
function refusal(alert: string): Message {
  if (/certificate required|handshake failure|bad certificate/.test(alert))
    return say(
      'it wants a client certificate that its authority signed, and one that is valid',
      '信頼された認証局が署名した有効なクライアント証明書が必要です',
    );
  if (alert === 'closed')
    return say(
      'it closed the connection; clients are served at port 2379, not at 2380',
      '接続が切断されました (クライアント用のポートは 2380 ではなく 2379 です)',
    );
  if (/expired/.test(alert))
    return say('the client certificate has expired', 'クライアント証明書の有効期限が切れています');
  if (/unknown ca/.test(alert))
    return say(
      'another authority signed the client certificate',
      'クライアント証明書が別の認証局によって署名されています',
    );
  return say(alert, alert);
}
