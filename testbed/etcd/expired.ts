import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authority } from '../cluster/pki.ts';
import { runOk } from '../processes.ts';

/**
 * Replaces the certificate of a member by one that ended yesterday. etcd reads its files again for every connection, so
 * a running member shows it at once; a cluster of one has no peers that would refuse it.
 */
export async function expireCertificate(authority: Authority, name: string): Promise<void> {
  const at = (ending: string): string => join(authority.dir, `${name}.${ending}`);
  await runOk(['openssl', 'req', '-new', '-key', at('key'), '-subj', `/CN=${name}`, '-out', at('csr')]);
  await writeFile(
    at('ext'),
    'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n',
  );
  const validity = ['-days', '-1', '-extfile', at('ext')];
  const signer = ['-CA', authority.certificate, '-CAkey', authority.key, '-set_serial', '2'];
  await runOk(['openssl', 'x509', '-req', '-in', at('csr'), ...validity, ...signer, '-out', at('crt')]);
}
