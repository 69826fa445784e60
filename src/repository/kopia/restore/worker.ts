import { serveRestore } from '../../restoring/serve.ts';
import { contentOpener, type OpenerFormat } from './content-opener.ts';

/** The worker thread of a restore. */
serveRestore(repository => {
  const { masterKey, secret, ...format } = repository as OpenerFormat;
  return contentOpener({ ...format, masterKey: Buffer.from(masterKey), secret: Buffer.from(secret) });
});
