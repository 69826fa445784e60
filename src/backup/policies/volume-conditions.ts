import { parseQuantity, type Quantity } from '#kube/quantity.ts';
import * as problem from './problems.ts';
import type { Field, Part, PolicyReader } from './reader.ts';
import { type ClaimFacts, type VolumeFacts, volumeTypes } from './volume-facts.ts';

/** Whether a volume, with its claim where it has one, is meant. */
export type VolumeCondition = (volume: VolumeFacts, claim: ClaimFacts | undefined) => boolean;

type Read = (part: Part, reader: PolicyReader) => VolumeCondition | undefined;

/** Each condition by its name; one that is empty asks for nothing. Velero 1.18: `volume_resources.go`. */
const readers: Readonly<Record<string, Read>> = {
  capacity: readCapacity,
  storageClass: oneOf(volume => volume.storageClass),
  nfs: readNfs,
  csi: readCsi,
  volumeTypes: readTypes,
  pvcLabels: readLabels,
  pvcPhase: oneOf((_, claim) => claim?.phase ?? ''),
  pvcVolumeMode: readMode,
  pvcAccessModes: readAccessModes,
};

/** All of them must hold. */
export function readConditions(part: Part, reader: PolicyReader): readonly VolumeCondition[] {
  const field = reader.map(part, Object.keys(readers));
  if (field === undefined) return [];
  return Object.entries(readers).flatMap(([name, read]) => read(field(name), reader) ?? []);
}

type Subject = (volume: VolumeFacts, claim: ClaimFacts | undefined) => string;

function oneOf(subject: Subject): Read {
  return (part, reader) => isAmong(reader.texts(part), subject);
}

/** One of the listed texts, which is never the empty one. */
function isAmong(texts: readonly string[], subject: Subject): VolumeCondition | undefined {
  if (texts.length === 0) return undefined;
  return (volume, claim) => {
    const text = subject(volume, claim);
    return text !== '' && texts.includes(text);
  };
}

/** `min,max`, both included; an absent or zero end is open. */
function readCapacity(part: Part, reader: PolicyReader): VolumeCondition | undefined {
  const text = reader.text(part) ?? '';
  if (text === '') return undefined;
  const ends = text.split(',').map(end => (end.trim() === '' ? 0n : sizeOf(end.trim())));
  const [lowest, highest] = ends;
  if (lowest === undefined || highest === undefined || ends.length !== 2) {
    reader.complain(part.place, problem.badCapacity(text));
    return undefined;
  }
  if (highest !== 0n && highest < lowest) reader.complain(part.place, problem.emptyRange(text));
  return ({ capacity }) => capacity >= lowest && (highest === 0n || capacity <= highest);
}

function sizeOf(text: string): Quantity | undefined {
  const size = parseQuantity(text);
  return size !== undefined && size >= 0n ? size : undefined;
}

function readNfs(part: Part, reader: PolicyReader): VolumeCondition | undefined {
  const field = reader.map(part, ['server', 'path']);
  if (field === undefined) return undefined;
  const server = wanted(field('server'), reader);
  const path = wanted(field('path'), reader);
  return ({ nfs }) => nfs !== undefined && server(nfs.server) && path(nfs.path);
}

function readCsi(part: Part, reader: PolicyReader): VolumeCondition | undefined {
  const field = reader.map(part, ['driver', 'volumeAttributes']);
  if (field === undefined) return undefined;
  const driver = wanted(field('driver'), reader);
  const attributes = reader.textMap(field('volumeAttributes'));
  if (attributes.size > 0 && isEmpty(field, 'driver')) {
    reader.complain(part.place, problem.attributesWithoutDriver);
  }
  return ({ csi }) => csi !== undefined && driver(csi.driver) && hasAll(csi.attributes, attributes);
}

function isEmpty(field: Field, name: string): boolean {
  const { value } = field(name);
  return value === undefined || value === null || value === '';
}

/** The text itself, or any where none is given. */
function wanted(part: Part, reader: PolicyReader): (text: string) => boolean {
  const text = reader.text(part) ?? '';
  return text === '' ? () => true : other => other === text;
}

function readTypes(part: Part, reader: PolicyReader): VolumeCondition | undefined {
  const types = reader.texts(part);
  for (const type of types) {
    if (!volumeTypes.has(type)) reader.complain(part.place, problem.badVolumeType(type));
  }
  return isAmong(types, volume => volume.type);
}

function readLabels(part: Part, reader: PolicyReader): VolumeCondition | undefined {
  const labels = reader.textMap(part);
  return labels.size === 0 ? undefined : (_, claim) => claim !== undefined && hasAll(claim.labels, labels);
}

function hasAll(actual: Readonly<Record<string, unknown>>, expected: ReadonlyMap<string, string>): boolean {
  return [...expected].every(([key, value]) => Object.hasOwn(actual, key) && actual[key] === value);
}

function readMode(part: Part, reader: PolicyReader): VolumeCondition | undefined {
  const mode = reader.text(part) ?? '';
  return mode === '' ? undefined : (_, claim) => claim?.volumeMode === mode;
}

/** The claim has these modes and no others, in whatever order. */
function readAccessModes(part: Part, reader: PolicyReader): VolumeCondition | undefined {
  const modes = reader.texts(part);
  if (modes.length === 0) return undefined;
  return (_, claim) =>
    claim !== undefined &&
    claim.accessModes.length === modes.length &&
    modes.every(mode => claim.accessModes.includes(mode)) &&
    claim.accessModes.every(mode => modes.includes(mode));
}
