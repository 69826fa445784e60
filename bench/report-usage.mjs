import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Loaded into a process before its program (`node --import`): when it exits it writes what the kernel counted for it,
 * as JSON, into the file that `HOZON_BENCH_USAGE` names. JavaScript, because loading what takes types out of TypeScript would be counted as well.
 */
const file = process.env['HOZON_BENCH_USAGE'];

process.on('exit', () => {
  if (file === undefined) return;
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  // Not `maxRSS`: what a process is given by the one that started it counts there as well.
  const peakKib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  writeFileSync(file, JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakKib }));
});
