import type { Message } from '#foundation/language.ts';
import type { Finding, FindingKind } from '#repository/kopia/backup/findings.ts';

type Told = (count: number) => { readonly en: string; readonly ja: string };

const entries = (count: number): string => (count === 1 ? '1 entry' : `${count} entries`);

const texts: Readonly<Record<FindingKind, Told>> = {
  name: count => ({
    en: `${entries(count)} with names that are not UTF-8, which the format cannot hold: other names are stored`,
    ja: `名前が UTF-8 ではないため、別の名前で保存したエントリー: ${count} 件`,
  }),
  device: count => ({
    en: `${entries(count)} left out that are devices, which the format cannot hold`,
    ja: `保存形式が対応していないデバイスのため、除外したエントリー: ${count} 件`,
  }),
  fifo: count => ({
    en: `${entries(count)} left out that are FIFOs, which the format cannot hold`,
    ja: `保存形式が対応していない FIFO のため、除外したエントリー: ${count} 件`,
  }),
  socket: count => ({
    en: `${entries(count)} left out that are sockets, which the format cannot hold`,
    ja: `保存形式が対応していないソケットのため、除外したエントリー: ${count} 件`,
  }),
  acl: count => ({
    en: `${entries(count)} with ACLs, which the format cannot hold`,
    ja: `ACL を保存できないエントリー: ${count} 件`,
  }),
  attribute: count => ({
    en: `${entries(count)} with extended attributes, which the format cannot hold`,
    ja: `拡張属性を保存できないエントリー: ${count} 件`,
  }),
  'hard-link': count => ({
    en: `${count === 1 ? '1 name' : `${count} names`} of files with several, each stored as a file of its own`,
    ja: `ハードリンクのため、独立したファイルとして保存したエントリー: ${count} 件`,
  }),
};

/** What a snapshot does not hold as it is, with the first paths. */
export function findingText({ kind, count, examples }: Finding): Message {
  const { en, ja } = texts[kind](count);
  const shown = examples.map(path => JSON.stringify(path));
  const more = count > shown.length;
  return {
    en: () => `${en}: ${shown.join(', ')}${more ? ', …' : ''}`,
    ja: () => `${ja} (${shown.join('、')}${more ? ' など' : ''})`,
  };
}
