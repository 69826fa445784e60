import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOk } from '#testbed/processes.ts';

/** What a piece of work took. */
export interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** The most memory that the process held at once: VmHWM, shared pages included. */
  readonly peakMib: number;
}

export interface Tool {
  /** The bundle's `hozon.js`. */
  readonly program: string;
  /** A directory of the run's own; also the tool's home. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Runs Hozon in a process of its own. Its start counts, as it does for a person. Rejects unless it exits with 0. */
export async function measureTool(tool: Tool, args: readonly string[]): Promise<Usage> {
  const usage = join(tool.home, 'usage.json');
  await rm(usage, { force: true });
  const env = { ...tool.env, HOME: tool.home, HOZON_BENCH_USAGE: usage };
  const reporter = join(import.meta.dirname, 'report-usage.mjs');
  const command = [process.execPath, '--import', reporter, tool.program, ...args, '--progress', 'none'];
  const begun = performance.now();
  await runOk(command, { env, signal: tool.signal });
  const wallSeconds = (performance.now() - begun) / 1000;
  const { cpuSeconds, peakKib } = JSON.parse(await readFile(usage, 'utf8')) as Record<string, number>;
  return { wallSeconds, cpuSeconds: cpuSeconds ?? Number.NaN, peakMib: (peakKib ?? Number.NaN) / 1024 };
}

/**
 * Measures what a process that goes on running (a server of this machine, with children of its own) spends on a piece of
 * work. Its peak begins anew, so it is at least what the process holds at the beginning.
 */
export async function measureServer<T>(pid: number, work: () => Promise<T>): Promise<Usage & { result: T }> {
  await writeFile(`/proc/${pid}/clear_refs`, '5'); // proc(5): resets the peak to what is held now
  const before = await cpuOf(pid);
  const begun = performance.now();
  const result = await work();
  const wallSeconds = (performance.now() - begun) / 1000;
  const cpuSeconds = (await cpuOf(pid)) - before;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    result,
    wallSeconds,
    cpuSeconds,
    peakMib: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024,
  };
}

/** Of Linux on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** Seconds of processor time, those of children that have ended included (Velero's plugins end with each run). */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third field on: proc(5)
  const ticks = fields
    .slice(11, 15)
    .map(Number)
    .reduce((sum, each) => sum + each, 0);
  return ticks / ticksPerSecond;
}
