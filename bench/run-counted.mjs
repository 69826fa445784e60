import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import koffi from 'koffi';

/**
 * `run-counted.mjs FILE PROGRAM [ARGUMENT…]`: runs a program and writes what the kernel counted for it, as JSON, into the file.
 * A process of its own, because the kernel counts all children of a process together.
 */
const [file, program, ...given] = process.argv.slice(2);
const begun = performance.now();
const { status, error } = spawnSync(program, given, { stdio: ['ignore', 'ignore', 'inherit'] });
const wallSeconds = (performance.now() - begun) / 1000;
if (error !== undefined) throw error;
const ofChildren = -1; // getrusage(2): RUSAGE_CHILDREN
const usage = new BigInt64Array(18);
koffi.load(null).func('getrusage', 'int', ['int', 'void *'])(ofChildren, usage);
const [userSeconds, userMicros, systemSeconds, systemMicros, peakKib] = Array.from(usage, Number);
const cpuSeconds = userSeconds + systemSeconds + (userMicros + systemMicros) / 1e6;
writeFileSync(file, JSON.stringify({ wallSeconds, cpuSeconds, peakMib: peakKib / 1024 }));
process.exitCode = status ?? 1;
