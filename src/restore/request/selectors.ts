import { isHozonError } from '#foundation/errors.ts';
import { type Message, message } from '#foundation/language.ts';
import { fromLabelSelector, type Selector, type LabelSelector as SelectorJson } from '#kube/selectors.ts';
import { problems } from './problems.ts';

/** Label selectors of a spec, each with the name of its field, compiled; or what is wrong with them. */
export function readSelectors(named: readonly (readonly [field: string, json: object])[]): {
  readonly selectors: Selector[];
  readonly problems: Message[];
} {
  const found: Message[] = [];
  const selectors = named.flatMap(([field, json]) => {
    try {
      return [fromLabelSelector(withoutNulls(json))];
    } catch (thrown) {
      if (!isHozonError(thrown, 'kube.selector-invalid')) throw thrown;
      const reason = message({ en: () => thrown.explain('en'), ja: () => thrown.explain('ja') });
      found.push(problems.selector(field, reason));
      return [];
    }
  });
  return { selectors, problems: found };
}

/** Go writes an empty map or list as null. */
function withoutNulls(json: object): SelectorJson {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
}
