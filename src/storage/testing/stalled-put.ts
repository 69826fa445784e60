/**
 * A program that begins to put the object KEY into the directory ROOT, says `begun` when a part of it is written,
 * and then stalls until it is killed: `node stalled-put.ts ROOT KEY`.
 */
import { FilesystemStore } from '../filesystem/store.ts';

const [root = '', key = ''] = process.argv.slice(2);
const forever = setInterval(() => {}, 60_000);

async function* stalling(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(100_000, 1);
  process.stdout.write('begun\n');
  await new Promise(() => {});
}

await new FilesystemStore(root).put(key, stalling());
clearInterval(forever);
