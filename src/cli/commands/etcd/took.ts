/** A duration as etcdctl prints it: `85.195385ms`, `1.2s`, `870.5µs`. Nothing above a minute is shown in minutes. */
export function formatTook(milliseconds: number): string {
  const nanoseconds = Math.round(milliseconds * 1e6);
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${trimmed(nanoseconds / 1e3)}µs`;
  if (nanoseconds < 1e9) return `${trimmed(nanoseconds / 1e6)}ms`;
  return `${trimmed(nanoseconds / 1e9)}s`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(9)));
}
