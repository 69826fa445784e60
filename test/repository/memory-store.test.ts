import { conformance } from '#storage/testing/conformance.ts';
import { MemoryStore } from './memory-store.ts';

conformance('a store in memory', async run => {
  const store = new MemoryStore();
  await run({ store, reopen: async () => store, manyKeys: 300 });
});
