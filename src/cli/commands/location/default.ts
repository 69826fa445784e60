import { loadConfig } from '../../config/load.ts';
import { configPath } from '../../config/path.ts';
import { changeConfig } from '../../config/save.ts';
import { cliErrors } from '../../errors.ts';
import { description } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { locationTexts } from './messages.ts';
import type { setDefault } from './table.ts';

export const run: Handler<typeof setDefault> = async ({ args: [name = ''] }, { env }) => {
  const path = configPath(env);
  const { config } = await loadConfig(path);
  if (config.locations?.[name] === undefined) {
    throw cliErrors.raise['unknown-location']({ name, known: Object.keys(config.locations ?? {}) });
  }
  await changeConfig(path, document => document.set('defaultLocation', name));
  return description({ data: { name, default: true }, name, text: locationTexts.defaulted({ name }) });
};
