/** The environment variable that makes suites long: how many times as much as usual they leave to chance. */
export const soakVariable = 'HOZON_SOAK';

/** 1 in `make test`, what `HOZON_SOAK` says in `make soak`. */
export function soakFactor(env: Readonly<Record<string, string | undefined>> = process.env): number {
  const given = env[soakVariable];
  if (given === undefined || given === '') return 1;
  const factor = Number(given);
  if (Number.isInteger(factor) && factor >= 1) return factor;
  throw new Error(`${soakVariable} is how many times as long the suites shall be, not ${given}`);
}

/** How often a suite repeats something that chance has a part in: so often in `make test`, many times that in `make soak`. */
export function rounds(short: number): number {
  return short * soakFactor();
}
