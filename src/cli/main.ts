#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { refuseOldNode } from './node-version.ts';

// V8 lets the space of new objects grow to some 100 MiB once much garbage is made, and gains no speed by it here: most of
// what a backup or restore makes is garbage at once. It stays as it is at the start.
setFlagsFromString('--semi-space-growth-factor=1');

// Everything else is loaded only now: an older Node could not even parse it.
if (!refuseOldNode(process.versions.node)) {
  const { start } = await import('./start.ts');
  await start();
}
