import { parseLocationUrl } from '#storage/location-url.ts';
import { configPath } from '../../config/path.ts';
import { changeConfig } from '../../config/save.ts';
import type { ConfiguredLocation } from '../../config/schema.ts';
import { cliErrors } from '../../errors.ts';
import { urlOf } from '../../locations/open.ts';
import { description } from '../../output/outcome.ts';
import type { Handler } from '../../spec.ts';
import { locationTexts } from './messages.ts';
import type { add } from './table.ts';

export const run: Handler<typeof add> = async ({ args: [name = '', url = ''], flags }, { env }) => {
  const path = configPath(env);
  const { default: makeDefault, replace, ...settings } = flags;
  const location = Object.fromEntries(
    Object.entries({ url, ...settings }).filter(([, value]) => value !== undefined),
  ) as unknown as ConfiguredLocation;
  parseLocationUrl(urlOf(location, env)); // nothing is kept that could not be opened, and no credentials
  const { config } = await changeConfig(path, document => {
    if (document.hasIn(['locations', name]) && replace !== true)
      throw cliErrors.raise['location-exists']({ name });
    document.setIn(['locations', name], document.createNode(location));
    if (makeDefault === true || !document.has('defaultLocation')) document.set('defaultLocation', name);
  });
  const isDefault = config.defaultLocation === name;
  return description({
    data: { name, ...location, default: isDefault },
    name,
    text: locationTexts.added({ name, path, isDefault }),
  });
};
