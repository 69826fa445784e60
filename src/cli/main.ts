#!/usr/bin/env node
import { refuseOldNode } from './node-version.ts';

// Everything else is loaded only now: an older Node could not even parse it.
if (!refuseOldNode(process.versions.node)) {
  const { start } = await import('./start.ts');
  await start();
}
