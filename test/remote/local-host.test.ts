import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { localHost } from '#remote/local.ts';
import { hostConformance } from '#remote/testing/conformance.ts';

const directories: string[] = [];
after(() => Promise.all(directories.map(each => rm(each, { recursive: true }))));

hostConformance('this machine', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hozon-local-host-'));
  directories.push(directory);
  return { host: localHost(), directory };
});
