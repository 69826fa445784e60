import { workOn } from '../../pipeline/worker-loop.ts';
import { type StorerSetup, storerOf } from './storer-of.ts';

workOn<StorerSetup>(({ setup, calling, complete }) => storerOf(setup, calling, complete));
