import { loadConfig } from '../../config/load.ts';
import { configPath } from '../../config/path.ts';
import { changeConfig } from '../../config/save.ts';
import { cliErrors } from '../../errors.ts';
import { description } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { locationTexts } from './messages.ts';
import type { remove } from './table.ts';

export const run: Handler<typeof remove> = async ({ args: [name = ''] }, { env }) => {
  const path = configPath(env);
  const { config } = await loadConfig(path);
  if (config.locations?.[name] === undefined) {
    throw cliErrors.raise['unknown-location']({ name, known: Object.keys(config.locations ?? {}) });
  }
  const wasDefault = config.defaultLocation === name;
  await changeConfig(path, document => {
    document.deleteIn(['locations', name]);
    if (wasDefault) document.delete('defaultLocation');
  });
  return description({
    data: { name, removed: true },
    name,
    text: locationTexts.removed({ name, wasDefault }),
  });
};
