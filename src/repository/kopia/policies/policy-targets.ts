import { posix } from 'node:path';
import type { KopiaIdentity } from '../access/identity.ts';
import type { PolicyTarget } from '../format/policy.ts';

/**
 * What kopia takes for the target of a policy: `global` (there in parentheses), `@host`, `user@host`, `user@host:path`, or a path of this user and host;
 * `undefined` for what names none.
 *
 * @param base what relative paths are relative to
 */
export function readPolicyTarget(
  text: string,
  identity: KopiaIdentity,
  base: string,
): PolicyTarget | undefined {
  if (text === '(global)' || text === 'global') return { host: '', userName: '', path: '' };
  const [at, colon] = [text.indexOf('@'), text.indexOf(':')];
  if (at > 0 && colon > at) {
    return { userName: text.slice(0, at), host: text.slice(at + 1, colon), path: text.slice(colon + 1) };
  }
  if (at >= 0 && colon === -1) {
    return at + 1 < text.length
      ? { userName: text.slice(0, at), host: text.slice(at + 1), path: '' }
      : undefined;
  }
  if (text === '') return undefined;
  return { userName: identity.username, host: identity.hostname, path: posix.resolve(base, text) };
}

/** A target as {@link readPolicyTarget} reads it. */
export function policyTargetText({ host, userName, path }: PolicyTarget): string {
  if (host === '' && userName === '' && path === '') return 'global';
  return `${userName}@${host}${path === '' ? '' : `:${path}`}`;
}
