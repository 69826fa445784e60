import { isObject, jsonNumber, wholeNumber } from '../../format/go-json.ts';
import type { BlobConfig, FormatBlob } from '../format/repository-format.ts';

/**
 * A member of `kopia.repository`, in the open, that kopia does not know: how long blobs are to be kept, which only `kopia.blobcfg`
 * decides. It is heeded until that is written, so that whoever ends an interrupted `init` locks what was to be locked.
 */
const member = 'hozonBlobRetention';

/** A format blob that says how long blobs are to be kept; as it is where they are not to be. */
export function withIntent(blob: FormatBlob, { retentionMode, retentionPeriod }: BlobConfig): FormatBlob {
  if (retentionMode === '') return blob;
  const intent = { retentionMode, retentionPeriod: jsonNumber(retentionPeriod) };
  return { ...blob, document: { ...blob.document, [member]: intent } };
}

/** What {@link withIntent} said; `undefined` where nothing was said. */
export function intentOf({ document }: FormatBlob): BlobConfig | undefined {
  const intent = document[member];
  if (!isObject(intent)) return undefined;
  const { retentionMode, retentionPeriod } = intent;
  const period = wholeNumber(retentionPeriod);
  if (typeof retentionMode !== 'string' || period === undefined) return undefined;
  return { retentionMode, retentionPeriod: period };
}
