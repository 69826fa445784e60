import type { HozonError } from '#foundation/errors.ts';
import { remoteErrors, saidBy } from './errors.ts';

/**
 * Why a connection did not come about, from what the OpenSSH client said: it speaks English in every locale and has
 * but one exit status for all of it.
 */
export function connectionFailure(host: string, text: string): HozonError {
  const said = saidBy(text);
  if (/IDENTIFICATION HAS CHANGED|host key for .* has changed/i.test(text)) {
    return remoteErrors.raise['host-key-changed']({ host, said });
  }
  if (/host key verification failed|host key is known for/i.test(text)) {
    return remoteErrors.raise['host-key-unknown']({ host, said });
  }
  if (/permission denied \(|too many authentication failures|no more authentication methods/i.test(text)) {
    return remoteErrors.raise['login-refused']({ host, said });
  }
  return remoteErrors.raise.unreachable({ host, said });
}

/**
 * Whether the client may say more where it does not share its connection: there it hides what the clients on the way to the machine
 * say, and itself only sees that they are gone.
 */
export function isHalfSaid(text: string): boolean {
  return (
    text.trim() === '' || /connection (closed|reset)|broken pipe|kex_exchange_identification/i.test(text)
  );
}

/** Why a shell that was reached did not run the command. */
export function shellFailure(host: string, text: string): HozonError {
  const said = saidBy(text);
  if (/^sudo:|\bsudo: |is not in the sudoers file/m.test(text)) {
    return remoteErrors.raise['sudo-refused']({ host, said });
  }
  return remoteErrors.raise['shell-unusable']({ host, said });
}
