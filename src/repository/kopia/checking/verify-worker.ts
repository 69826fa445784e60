import { serveVerifying } from '../../checking/serve-verifying.ts';
import type { OpenerFormat } from '../restore/content-opener.ts';
import { packVerifiers } from './pack-verifier.ts';

/** A thread that verifies packs. */
serveVerifying(repository => {
  const { masterKey, secret, ...format } = repository as OpenerFormat;
  return packVerifiers({ ...format, masterKey: Buffer.from(masterKey), secret: Buffer.from(secret) });
});
