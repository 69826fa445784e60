import type { ErrorArea } from '#foundation/errors.ts';

/** Where each area's catalogue is. A module may hold several; every exported catalogue in it counts. */
const sources: readonly (() => Promise<Readonly<Record<string, unknown>>>)[] = [
  () => import('./errors.ts'),
  () => import('#api/errors.ts'),
  () => import('#backup/errors.ts'),
  () => import('#archive/errors.ts'),
  () => import('#etcd/errors.ts'),
  () => import('#hosted-clusters/errors.ts'),
  () => import('#hosted-clusters/key/errors.ts'),
  () => import('#hosted-clusters/manifest/errors.ts'),
  () => import('#kube/errors.ts'),
  () => import('#projects/errors.ts'),
  () => import('#remote/errors.ts'),
  () => import('#repository/errors.ts'),
  () => import('#restore/errors.ts'),
  () => import('#steps/errors.ts'),
  () => import('#storage/errors.ts'),
];

/** Every area's catalogue, in the order of the areas' names. */
export async function errorAreas(): Promise<readonly ErrorArea[]> {
  const modules = await Promise.all(sources.map(load => load()));
  const areas = modules.flatMap(module => Object.values(module).filter(isErrorArea));
  return [...new Set(areas)].sort((a, b) => (a.area < b.area ? -1 : 1));
}

function isErrorArea(value: unknown): value is ErrorArea {
  return typeof value === 'object' && value !== null && 'area' in value && 'definitions' in value;
}
