import { retrying } from '../retrying.ts';
import { conformance } from '../testing/conformance.ts';
import { faulty, seededFaults } from '../testing/faulty.ts';
import { inTemporaryDirectory } from '../testing/temporary-location.ts';

const impatient = { backoff: { attempts: 8, firstDelay: 1, maxDelay: 4 } };

conformance('the filesystem store', inTemporaryDirectory());
conformance(
  'a retrying store around a faulty one',
  inTemporaryDirectory({ decorate: store => retrying(faulty(store, seededFaults(20_261, 0.3)), impatient) }),
);
