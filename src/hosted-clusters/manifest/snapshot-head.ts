import { metaSize, pageSizes, readMeta } from '#etcd/bolt/meta.ts';
import { hasTrailer, trailerSize } from '#etcd/snapshot/trailer.ts';
import { say } from '#foundation/language.ts';
import { blocking, type RestoreFinding } from './finding.ts';

/** As many bytes as it takes to see both meta pages, whatever the size of a page is. */
export const headSize = Math.max(...pageSizes) + metaSize;

/**
 * Whether the beginning of a file can be that of a snapshot of etcd, and whether the size of the whole fits it. Only reading all of it
 * proves more (`hozon etcd snapshot verify`).
 */
export function judgeHead(head: Buffer, size: number | undefined): RestoreFinding[] {
  const metas = [0, ...pageSizes].flatMap(at => {
    const meta = readMeta(head.subarray(at, at + metaSize));
    return meta !== undefined && (at === 0 || at === meta.pageSize) ? [meta] : [];
  });
  const [meta] = metas.toSorted((a, b) => (a.transaction < b.transaction ? 1 : -1));
  if (meta === undefined) return [blocking('object-foreign', texts.foreign(beginning(head)))];
  if (size === undefined) return [];
  if (meta.pages * meta.pageSize > size)
    return [blocking('object-cut', texts.cut(size, meta.pages * meta.pageSize))];
  return hasTrailer(size) ? [] : [blocking('object-no-checksum', texts.noChecksum(trailerSize))];
}

/** What people may have put there instead: an archive, an answer of a server. */
function beginning(head: Buffer): string {
  const [first = 0, second = 0] = head;
  if (first === 0x1f && second === 0x8b) return 'gzip';
  if (head.subarray(0, 2).toString('latin1') === 'PK') return 'zip';
  return head.subarray(0, 1).toString('latin1') === '<' ? 'XML/HTML' : '?';
}

const texts = {
  foreign: (what: string) =>
    say(
      `what is there is no snapshot of etcd${what === '?' ? '' : ` but ${what}`}: a member restores neither archives nor error pages`,
      `etcd のスナップショットではありません${what === '?' ? '' : ` (${what})`}。圧縮ファイルやエラーページは復元できません`,
    ),
  cut: (size: number, whole: number) =>
    say(
      `the object has ${size} bytes, but its database ${whole}: it was cut`,
      `オブジェクトは ${size} バイトですが、データベースは ${whole} バイトです。途中で切れています`,
    ),
  noChecksum: (bytes: number) =>
    say(
      `the object does not end in a checksum of ${bytes} bytes: it is the copy of a database, or cut, and etcd refuses to restore it`,
      `末尾に ${bytes} バイトのチェックサムがありません。データベースのコピーか、途中で切れたものであり、etcd は復元を拒否します`,
    ),
};
