import {
  changeMode,
  changeModeAt,
  changeOwner,
  changeOwnerAt,
  changeTimes,
  changeTimesAt,
  type EntryTimes,
  timeSpecs,
  timeSpecsSize,
} from '../../posix/at.ts';
import { replaceAttributes } from '../../posix/write-attributes.ts';
import type { Described } from '../entry.ts';

/** What a restored entry is given besides its content. */
export type Metadata = Pick<Described, 'mode' | 'uid' | 'gid' | 'attributes'> & Times;

/** Times as numbers, or as {@link packedTimes} made them. */
export type Times = EntryTimes | { readonly times: Uint8Array };

/** Bytes that {@link packedTimes} fills. */
export const packedTimesSize = timeSpecsSize;

/** Fills memory with times as the operating system takes them, so that another thread need not make them. */
export function packedTimes(times: Times, into: Buffer): void {
  if ('times' in times) into.set(times.times);
  else timeSpecs(times, into);
}

const specs = Buffer.alloc(timeSpecsSize);

function specsOf(times: Times): Uint8Array {
  if ('times' in times) return times.times;
  timeSpecs(times, specs);
  return specs;
}

type Selected = Parameters<typeof replaceAttributes>[2];

/** Something of an entry's metadata that could not be set. */
export interface MetadataProblem {
  /** `owner`, `mode`, `times`, or the name of an extended attribute. */
  readonly what: string;
  /** Of the operating system: `EPERM`. */
  readonly code: string;
}

/**
 * Sets all metadata of an open file or directory; answers what could not be set. `plain`: it is known to have no attributes;
 * `selected`: which of its attributes are removed where none are given, all unless told.
 */
export function applyToDescriptor(
  descriptor: number,
  metadata: Metadata,
  { plain = false, selected }: { readonly plain?: boolean; readonly selected?: Selected } = {},
): readonly MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  // owners first, for a change of them clears setuid, setgid and capabilities; times last
  attempt(problems, 'owner', () => changeOwner(descriptor, metadata));
  if (!plain || metadata.attributes.length > 0) attributes(problems, { descriptor }, metadata, selected);
  attempt(problems, 'mode', () => changeMode(descriptor, metadata.mode));
  attempt(problems, 'times', () => changeTimes(descriptor, specsOf(metadata)));
  return problems;
}

/** The same of what has a name in an open directory; a symlink itself gets it, and has no mode. */
export function applyToName(
  directory: number,
  name: Uint8Array,
  metadata: Metadata & Pick<Described, 'type'>,
  selected?: Selected,
): readonly MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  attempt(problems, 'owner', () => changeOwnerAt(directory, name, metadata));
  attributes(problems, { directory, name }, metadata, selected);
  if (metadata.type !== 'symlink') {
    attempt(problems, 'mode', () => changeModeAt(directory, name, metadata.mode));
  }
  attempt(problems, 'times', () => changeTimesAt(directory, name, specsOf(metadata)));
  return problems;
}

function attributes(
  problems: MetadataProblem[],
  holder: Parameters<typeof replaceAttributes>[0],
  metadata: Metadata,
  selected?: Selected,
): void {
  for (const { name, error } of replaceAttributes(holder, metadata.attributes, selected)) {
    problems.push({ what: name, code: codeOf(error) });
  }
}

function attempt(problems: MetadataProblem[], what: string, action: () => void): void {
  try {
    action();
  } catch (thrown) {
    problems.push({ what, code: codeOf(thrown) });
  }
}

/** The operating system's name of what was thrown. @throws what has none, for it is no fault of the system */
export function codeOf(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  throw thrown;
}
