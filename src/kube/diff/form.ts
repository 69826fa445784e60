import { type CleaningOptions, recreatable } from '../cleaning/cleaning.ts';
import { filtered } from '../fields.ts';
import type { KubeObject } from '../objects.ts';

export interface FormOptions extends CleaningOptions {
  /** Compare the status, too. */
  readonly status?: boolean | undefined;
}

/** An object in the form in which two are compared: what a server or its controllers give out is gone. Pure. */
export function comparableForm(object: KubeObject, options: FormOptions = {}): KubeObject {
  const clean = withoutEmpty(recreatable(object, options));
  const form = { ...clean, metadata: withoutEmpty(clean.metadata) };
  return options.status === true && object['status'] !== undefined
    ? { ...form, status: object['status'] }
    : form;
}

/** Servers leave out labels, data and rules of which there are none; others may have written them down. */
function withoutEmpty<T extends object>(fields: T): T {
  const isEmpty = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value))) as T;
}

/** Without labels that say who made the object rather than what it is. */
export function withoutLabels(object: KubeObject, marks: ReadonlySet<string>): KubeObject {
  return filtered(object, ['metadata', 'labels'], key => !marks.has(key));
}
