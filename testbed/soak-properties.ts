import { configureGlobal, readConfigureGlobal } from 'fast-check';
import { rounds } from './soak.ts';

/** Loaded before tests (`node --import`): properties that do not say themselves how often they run do so `HOZON_SOAK` times as often. */
configureGlobal({ ...readConfigureGlobal(), numRuns: rounds(100) });
