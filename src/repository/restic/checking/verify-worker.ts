import { serveVerifying } from '../../checking/serve-verifying.ts';
import type { SealKey } from '../sealing/seal.ts';
import { packVerifiers } from './pack-verifier.ts';

/** A thread that verifies packs. */
serveVerifying(repository => {
  const { encrypt, macK, macR } = repository as SealKey;
  return packVerifiers({
    encrypt: Buffer.from(encrypt),
    macK: Buffer.from(macK),
    macR: Buffer.from(macR),
  });
});
