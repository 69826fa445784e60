/**
 * A program that puts ever new versions of a few keys into the directory ROOT, by both kinds of put, until it is
 * killed: `node restless-writer.ts ROOT`. It prints `KEY VERSION` when a put has resolved. Version 0 is first.
 */
import { FilesystemStore } from '../filesystem/store.ts';
import { inChunks } from './contents.ts';
import { sealed } from './sealed.ts';

const [root = ''] = process.argv.slice(2);
const store = new FilesystemStore(root);

async function write(worker: number): Promise<void> {
  for (let version = 0; ; version++) {
    const key = `backups/${worker}/${worker}.tar.gz`;
    const body = sealed(key, version, (worker * 37_000 + version * 9973) % 300_000);
    await store.put(key, inChunks(body, 10_000));
    process.stdout.write(`${key} ${version}\n`);
    const once = `once/${worker}/${process.pid}-${version}`;
    await store.putIfAbsent(once, inChunks(sealed(once, version, 20_000), 5000));
    process.stdout.write(`${once} ${version}\n`);
    if (version % 5 === 4) await store.delete(once);
    if (version % 5 === 4) process.stdout.write(`${once} -1\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(write));
