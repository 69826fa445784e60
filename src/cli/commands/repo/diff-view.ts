import { formatBytes } from '#foundation/format.ts';
import type { Change, DiffTotals, SideTotals } from '#repository/browsing/diff.ts';
import { writeJson } from '#repository/format/go-json.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import type { Context } from '../../context.ts';
import { byteStream, type Outcome } from '../../output/outcome.ts';
import { say, told } from '../../spec.ts';

/** A comparison as it goes on, one change a line, then the totals; `named` is how both sides were given. */
export function diffOutcome(
  changes: AsyncIterable<Shown>,
  [before, after]: readonly [string, string],
  { globals, language }: Pick<Context, 'globals' | 'language'>,
): Outcome {
  const print = globals.output === 'json' ? jsonOf(before, after) : (each: Shown) => textOf(each, language);
  return byteStream(lines(changes, print));
}

type Shown = Change | DiffTotals;

async function* lines(all: AsyncIterable<Shown>, print: (each: Shown) => string): AsyncGenerator<Buffer> {
  for await (const each of all) yield Buffer.from(`${print(each)}\n`);
}

/** As restic writes it, but for paths, which are escaped so that none is lost. */
function jsonOf(before: string, after: string): (each: Shown) => string {
  return each => {
    if (each.kind === 'change') {
      return writeJson({ message_type: 'change', path: quoteName(each.path), modifier: each.modifier });
    }
    return writeJson({
      message_type: 'statistics',
      source_snapshot: before,
      target_snapshot: after,
      changed_files: each.changedFiles,
      added: sideJson(each.added),
      removed: sideJson(each.removed),
    });
  };
}

function sideJson({ files, dirs, others, dataBlobs, treeBlobs, bytes }: SideTotals): Record<string, number> {
  return { files, dirs, others, data_blobs: dataBlobs, tree_blobs: treeBlobs, bytes };
}

function textOf(each: Shown, language: 'en' | 'ja'): string {
  if (each.kind === 'change') return `${each.modifier.padEnd(5)}${quoteName(each.path)}`;
  const { added, removed, changedFiles } = each;
  const text = say(
    `
Files: ${added.files} new, ${removed.files} removed, ${changedFiles} changed
Directories: ${added.dirs} new, ${removed.dirs} removed
Others: ${added.others} new, ${removed.others} removed
Data blobs: ${added.dataBlobs} new, ${removed.dataBlobs} removed
Tree blobs: ${added.treeBlobs} new, ${removed.treeBlobs} removed
Added: ${formatBytes(added.bytes)}
Removed: ${formatBytes(removed.bytes)}`,
    `
ファイル: 追加 ${added.files}、削除 ${removed.files}、変更 ${changedFiles}
ディレクトリー: 追加 ${added.dirs}、削除 ${removed.dirs}
その他: 追加 ${added.others}、削除 ${removed.others}
データブロブ: 追加 ${added.dataBlobs}、削除 ${removed.dataBlobs}
ツリーブロブ: 追加 ${added.treeBlobs}、削除 ${removed.treeBlobs}
追加サイズ: ${formatBytes(added.bytes)}
削除サイズ: ${formatBytes(removed.bytes)}`,
  );
  return told(text, language);
}
