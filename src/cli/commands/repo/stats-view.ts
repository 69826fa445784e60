import { formatBytes } from '#foundation/format.ts';
import type { Message } from '#foundation/language.ts';
import type { Stats } from '#repository/browsing/stats.ts';
import { description, type Field, type Outcome } from '../../output/outcome.ts';
import { say } from '../../spec.ts';

/** What was counted in the repository of that id. */
export function statsOutcome(counted: Stats, id: string): Outcome {
  return description({ data: jsonOf(counted), name: id, text: fieldsOf(counted) });
}

/** With restic's names. */
function jsonOf({ size, files, blobs, snapshots, compression }: Stats): Record<string, number> {
  return {
    total_size: size,
    ...(compression === undefined
      ? {}
      : {
          total_uncompressed_size: compression.uncompressedSize,
          ...(compression.ratio === undefined ? {} : { compression_ratio: compression.ratio }),
          compression_progress: compression.progress,
          compression_space_saving: compression.saving,
        }),
    ...(files === undefined ? {} : { total_file_count: files }),
    ...(blobs === undefined ? {} : { total_blob_count: blobs }),
    snapshots_count: snapshots,
  };
}

function fieldsOf({ mode, size, files, blobs, snapshots, compression }: Stats): readonly Field[] {
  const numbers: readonly (readonly [Message, string | undefined])[] = [
    [say('Counted', '集計方法'), mode],
    [say('Snapshots', 'スナップショット'), String(snapshots)],
    [say('Files', 'ファイル数'), files?.toString()],
    [say('Blobs', 'ブロブ数'), blobs?.toString()],
    [say('Size', 'サイズ'), formatBytes(size)],
    [say('Uncompressed', '圧縮前のサイズ'), compression && formatBytes(compression.uncompressedSize)],
    [say('Compression ratio', '圧縮率'), compression?.ratio?.toFixed(2)],
    [say('Compressed', '圧縮済みの割合'), compression && percent(compression.progress)],
    [say('Saved', '圧縮による削減'), compression && percent(compression.saving)],
  ];
  return numbers.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]));
}

function percent(value: number): string {
  return `${value.toFixed(1)}%`;
}
