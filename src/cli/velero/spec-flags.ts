import { parseSelector } from '#kube/selector-text.ts';
import { checked, type LabelSelector, type Requirement, toLabelSelector } from '#kube/selectors.ts';
import { cliErrors } from '../errors.ts';
import { longName } from '../spec.ts';

/** The entries that have a value. */
export function given(entries: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

type ListFlags<K extends string> = Readonly<Partial<Record<K, readonly string[] | undefined>>>;

/**
 * The lists of a spec, from the flags that are called otherwise: `{ includedNamespaces: 'includeNamespaces' }`. An
 * empty value is refused: in a spec it means everything, which is not what `--include-namespaces "$EMPTY"` means.
 */
export function listsOf<K extends string>(
  flags: ListFlags<K>,
  names: Readonly<Record<string, K>>,
): Record<string, readonly string[]> {
  const lists: Record<string, readonly string[]> = {};
  for (const [field, key] of Object.entries(names)) {
    const values = flags[key];
    if (values?.length === 0) {
      throw cliErrors.raise['bad-value']({ flag: `--${longName(key)}`, given: '', expected: 'a,b,… | *' });
    }
    if (values !== undefined) lists[field] = values;
  }
  return lists;
}

/** Which of these flags were given, as they are typed. */
export function flagsGiven(flags: Readonly<Record<string, unknown>>, keys: readonly string[]): string[] {
  return keys.filter(key => flags[key] !== undefined).map(key => `--${longName(key)}`);
}

/** `--selector` and `--or-selector` as a spec has them; one of them takes the place of both. */
export function selectorsOf(flags: {
  readonly selector: string | undefined;
  readonly orSelector: string | undefined;
}): Record<string, unknown> {
  const both = flagsGiven(flags, ['selector', 'orSelector']);
  if (both.length > 1) throw cliErrors.raise['conflicting-flags']({ flags: both });
  if (flags.selector !== undefined) {
    return { labelSelector: selectorOf(flags.selector, '--selector'), orLabelSelectors: undefined };
  }
  if (flags.orSelector === undefined) return {};
  const texts = flags.orSelector.split(/\s+or\s+/);
  return {
    labelSelector: undefined,
    orLabelSelectors: texts.map(text => selectorOf(text, '--or-selector')),
  };
}

function selectorOf(text: string, flag: string): LabelSelector {
  const expected = flag === '--selector' ? 'app=web,tier!=db' : '"app=web or app=db"';
  return refusing({ flag, given: text, expected }, () => {
    const selector = parseSelector(text);
    if (selector.length === 0) throw new Error('it is empty');
    return toLabelSelector(selector);
  });
}

/** A selector that chooses among listed objects; throws `cli.bad-value`. */
export function requirementsOf(text: string | undefined): readonly Requirement[] {
  if (text === undefined) return [];
  return refusing({ flag: '--selector', given: text, expected: 'app=web,tier!=db' }, () =>
    parseSelector(text),
  );
}

/** Labels that an object may have; throws `cli.bad-value` naming the pair that none may. */
export function labelsOf(
  labels: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(labels ?? {})) {
    const wrong = { flag: '--labels', given: `${key}=${value}`, expected: 'team=shop,example.com/tier=1' };
    refusing(wrong, () => checked({ key, operator: 'In', values: [value] }, key));
  }
  return labels ?? {};
}

/** Annotations that an object may have: their keys are those of labels, their values anything. */
export function annotationsOf(
  annotations: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  for (const key of Object.keys(annotations ?? {})) {
    const wrong = { flag: '--annotations', given: key, expected: 'example.com/ticket=OPS-1' };
    refusing(wrong, () => checked({ key, operator: 'Exists', values: [] }, key));
  }
  return annotations ?? {};
}

interface Wrong {
  readonly flag: string;
  readonly given: string;
  readonly expected: string;
}

function refusing<T>(wrong: Wrong, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw cliErrors.raise['bad-value'](wrong, { cause: thrown });
  }
}
