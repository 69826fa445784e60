import { formatBytes } from '#foundation/format.ts';
import { parseSnapshotPath } from '#repository/browsing/paths.ts';
import { writeJson } from '#repository/format/go-json.ts';
import { quoteName } from '#repository/format/go-quote.ts';
import { loadIndex } from '#repository/restic/access/indexed.ts';
import { findSnapshot } from '#repository/restic/access/snapshots.ts';
import { findTree } from '#repository/restic/reading/browse.ts';
import { type Change, type DiffTotals, diffTrees, type SideTotals } from '#repository/restic/reading/diff.ts';
import { byteStream } from '../../output/outcome.ts';
import { type Handler, say, told } from '../../spec.ts';
import { lockedRepository } from './open.ts';
import type { diff } from './specs/queries.ts';

export const run: Handler<typeof diff> = async ({ args: [first = '', second = ''], flags }, context) => {
  const { repository: opened, signal } = await lockedRepository(flags, context, 'read');
  const wanted = [first, second].map(parseSnapshotPath);
  const snapshots = await Promise.all(wanted.map(each => findSnapshot(opened, each.wanted, { signal })));
  const repository = await loadIndex(opened, { signal });
  const [before = '', after = ''] = await Promise.all(
    snapshots.map((snapshot, at) =>
      findTree(repository, snapshot, { path: wanted[at]?.path ?? '/', signal }),
    ),
  );
  const changes = diffTrees(repository, { before, after }, { metadata: flags.metadata, signal });
  const { globals, language } = context;
  const print = globals.output === 'json' ? jsonOf(first, second) : (each: Shown) => textOf(each, language);
  return byteStream(lines(changes, print));
};

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
