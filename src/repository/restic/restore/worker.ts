import { serveRestore } from '../../restoring/serve.ts';
import type { SealKey } from '../sealing/seal.ts';
import { openerOf } from './opener.ts';

/** The worker thread of a restore. */
serveRestore(repository => {
  const { encrypt, macK, macR } = repository as SealKey;
  return openerOf({ encrypt: Buffer.from(encrypt), macK: Buffer.from(macK), macR: Buffer.from(macR) });
});
