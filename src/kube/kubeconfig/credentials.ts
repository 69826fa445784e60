import { readFile } from 'node:fs/promises';
import { type Clock, systemClock } from '#foundation/clock.ts';
import type { Credential, Credentials, Material } from '../client/connection.ts';
import { raise } from '../errors.ts';

/** How long what a file holds is believed before it is read again. Milliseconds. */
const fileFreshness = 60_000;

/** Material that is already at hand. */
export function inMemory(text: string): Material {
  return () => Promise.resolve(text);
}

/** Material in a file, read again once it is a minute old: kubelets and operators renew such files in place. */
export function inFile(file: string, clock: Clock = systemClock): FileMaterial {
  let text: string | undefined;
  let readAt = 0;
  const read = async (): Promise<string> => {
    const now = clock.monotonic();
    if (text !== undefined && now - readAt < fileFreshness) return text;
    text = await readCredentialFile(file);
    readAt = now;
    return text;
  };
  const forget = (): void => {
    text = undefined;
  };
  return Object.assign(read, { forget });
}

/** A {@link Material} of a file; `forget` makes the next call read it again. */
export type FileMaterial = Material & { forget(): void };

async function readCredentialFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw raise['credential-file']({ file, reason }, { cause: thrown });
  }
}

/** No identity: `system:anonymous`. */
export const anonymous: Credentials = {
  current: () => Promise.resolve({}),
  refresh: () => false,
};

/** A bearer token that does not change. */
export function tokenCredentials(token: string): Credentials {
  return fixed({ authorization: `Bearer ${token}` });
}

export function basicCredentials(username: string, password: string): Credentials {
  return fixed({ authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` });
}

/** A bearer token in a file that others renew; `initial` is used until the file can be read. */
export function tokenFileCredentials(file: string, clock: Clock, initial?: string): Credentials {
  const material = inFile(file, clock);
  return {
    async current() {
      const token = await material().catch((thrown: unknown) => {
        if (initial === undefined) throw thrown;
        return initial;
      });
      return { authorization: `Bearer ${token.trim()}` };
    },
    refresh() {
      material.forget();
      return true;
    },
  };
}

/** Adds a client certificate to credentials. */
export function withCertificate(base: Credentials, cert: Material, key: Material): Credentials {
  return {
    async current(signal) {
      const [credential, certPem, keyPem] = await Promise.all([base.current(signal), cert(), key()]);
      return { ...credential, certificate: credential.certificate ?? { cert: certPem, key: keyPem } };
    },
    refresh: () => base.refresh(),
  };
}

function fixed(credential: Credential): Credentials {
  return { current: () => Promise.resolve(credential), refresh: () => false };
}
