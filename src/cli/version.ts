import { readFileSync } from 'node:fs';

/** Put in by the build. */
declare const HOZON_VERSION: string | undefined;

/** Hozon's version: the bundle carries it; run from source, package.json says it. */
export function hozonVersion(): string {
  if (typeof HOZON_VERSION === 'string') return HOZON_VERSION;
  const manifest = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
