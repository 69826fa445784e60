import { defineErrors } from '#foundation/errors.ts';
import { access } from './errors/access.ts';
import { configuring } from './errors/configuring.ts';
import { connecting } from './errors/connecting.ts';
import { inability } from './errors/inability.ts';
import { objects } from './errors/objects.ts';
import { refusals } from './errors/refusals.ts';
import { transfers } from './errors/transfers.ts';

/** What can go wrong with a storage location, and what to do then. */
export const storageErrors = defineErrors('storage', {
  ...objects,
  ...access,
  ...transfers,
  ...refusals,
  ...connecting,
  ...inability,
  ...configuring,
});

/** Makes one of {@link storageErrors}: `raise['not-found']({ url, key })`. */
export const { raise } = storageErrors;
