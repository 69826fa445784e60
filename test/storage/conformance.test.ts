import { after, before } from 'node:test';
import { retrying } from '#storage/retrying.ts';
import { conformance } from '#storage/testing/conformance.ts';
import { faulty, seededFaults } from '#storage/testing/faulty.ts';
import { type OwnObjectStore, startObjectStore } from '#testbed/object-store/object-store.ts';
import { inNewBucket } from './s3-subject.ts';

let plain: OwnObjectStore;
let secure: OwnObjectStore;

before(async () => {
  [plain, secure] = await Promise.all([startObjectStore({ tls: false }), startObjectStore({ tls: true })]);
});
after(async () => {
  await Promise.all([plain.stop(), secure.stop()]);
});

const impatient = { backoff: { attempts: 8, firstDelay: 1, maxDelay: 4 } };

conformance('an S3 store without TLS', inNewBucket({ server: () => plain, prefix: '' }));
conformance(
  'an S3 store with TLS, below a prefix, retrying',
  inNewBucket({ server: () => secure, prefix: 'velero/cluster one', decorate: store => retrying(store) }),
);
conformance(
  'an S3 store without checksums, retrying around faults',
  inNewBucket({
    server: () => plain,
    prefix: 'prefix',
    settings: { checksumAlgorithm: '' },
    decorate: store => retrying(faulty(store, seededFaults(7, 0.3)), impatient),
  }),
);
