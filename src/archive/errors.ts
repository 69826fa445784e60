import { defineErrors } from '#foundation/errors.ts';
import { archiveErrors } from './contents/archive-errors.ts';
import { storeErrors } from './stored/store-errors.ts';

/** What can go wrong with archives and with the layout of backups in a store. */
export const errors = defineErrors('archive', {
  ...archiveErrors,
  ...storeErrors,
});

/** The factories of {@link errors}: `raise['truncated']({ … })`. */
export const { raise } = errors;
