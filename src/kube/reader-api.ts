import type { KubeApi } from './api.ts';
import { Discovery } from './discovery.ts';
import type { ResourceType } from './objects.ts';
import type { ResourceReader } from './resource-reader.ts';

/** What an API server lets be done with an ordinary type. */
const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] as const;

/**
 * A cluster that is only there to be read: what a reader reads, as an API server would answer it. Its types can be had in
 * one version each; of its own version nothing is known (empty texts). Whatever is not reading is a programmer's error.
 */
export function readerApi(reader: ResourceReader): KubeApi {
  let types: Promise<readonly ResourceType[]> | undefined;
  const refused = (): never => {
    throw new Error(`${reader.source} can only be read`);
  };
  const refuse = async (): Promise<never> => refused();
  return {
    server: reader.source,
    version: () => Promise.resolve({ major: '', minor: '', gitVersion: '', platform: '' }),
    async discover({ signal } = {}) {
      types ??= reader.types({ signal });
      try {
        return new Discovery((await types).map(type => ({ ...type, verbs })));
      } catch (thrown) {
        types = undefined;
        throw thrown;
      }
    },
    list: (type, options) => reader.read(type, options),
    get: (type, key, options) => reader.get(type, key, options),
    create: refuse,
    replace: refuse,
    patch: refuse,
    delete: refuse,
    exec: refuse,
    portForward: refuse,
    watch: refused,
    logs: refused,
  };
}
