/**
 * A program that begins the backup NAME in the directory ROOT, stores its archive, says so, and comes to its end
 * without ending the run: `node forgetful-run.ts ROOT NAME`.
 */
import { systemClock } from '#foundation/clock.ts';
import { FilesystemStore } from '#storage/filesystem/store.ts';
import { beginBackup } from '../runs/backup-run.ts';
import { readRunIdentity } from '../runs/run-identity.ts';
import { sampleArchive } from './runs.ts';

const [root = '', name = ''] = process.argv.slice(2);
const identity = await readRunIdentity();
const run = await beginBackup(new FilesystemStore(root), name, { identity, clock: systemClock });
await run.putArchive(sampleArchive());
process.stdout.write('stored\n');
