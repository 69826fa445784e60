import { retrying } from '#storage/retrying.ts';
import { conformance } from '#storage/testing/conformance.ts';
import { faulty, seededFaults } from '#storage/testing/faulty.ts';
import { inTemporaryDirectory } from '#storage/testing/temporary-location.ts';

const impatient = { backoff: { attempts: 8, firstDelay: 1, maxDelay: 4 } };

conformance('the filesystem store', inTemporaryDirectory());
conformance(
  'a retrying store around a faulty one',
  inTemporaryDirectory({ decorate: store => retrying(faulty(store, seededFaults(20_261, 0.3)), impatient) }),
);
