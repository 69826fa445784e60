import { type Message, say } from '#foundation/language.ts';
import type { ParameterRule } from './parameter-rules.ts';

/** What each rule demands of the parameters of a kopia repository. */
export const parameterTexts: Readonly<Record<ParameterRule, Message>> = {
  'pack-size': say('a pack has 10 to 120 MiB', 'パックのサイズは 10 ～ 120 MiB で指定します'),
  'index-version': say(
    'the version of its indexes can be raised, and never lowered',
    'インデックスのバージョンは上げることだけができます',
  ),
  'no-epochs': say(
    "it is of kopia's format 1, which has no epochs",
    'kopia の形式 1 のためエポックがありません',
  ),
  'epoch-duration': say('an epoch lasts 10 minutes or more', 'エポックの期間は 10 分以上です'),
  'epoch-refresh': say(
    'epochs are looked at anew at least three times in the least duration of one',
    'エポックの再読み込みの間隔は、エポックの最短期間の 3 分の 1 以下です',
  ),
  'epoch-refresh-least': say(
    'epochs are looked at anew after a minute or more',
    'エポックの再読み込みの間隔は 1 分以上です',
  ),
  'epoch-checkpoint': say(
    'at least one epoch is put together at a time',
    '一度に統合するエポックは 1 以上です',
  ),
  'epoch-cleanup': say(
    'what was replaced stays at least three times as long as epochs are not looked at anew',
    '置き換えられたインデックスを残す期間は、エポックの再読み込みの間隔の 3 倍以上です',
  ),
  'epoch-count': say('an epoch has 10 indexes or more', 'エポックのインデックスの数は 10 以上です'),
  'epoch-size': say(
    'the indexes of an epoch have 1 MiB or more, and less than 8 PiB',
    'エポックのインデックスの合計サイズは 1 MiB 以上 8 PiB 未満です',
  ),
  'epoch-deletes': say('at least one blob is deleted at a time', '同時に削除するブロブは 1 以上です'),
  'retention-half': say('locks have both a mode and a period', 'ロックにはモードと期間の両方が必要です'),
  'retention-short': say('blobs are locked for 24 hours or more', 'ブロブをロックする期間は 24 時間以上です'),
  'duration-long': say('no duration is longer than 2562047h', '期間はいずれも 2562047h 以下です'),
  unreadable: say('nobody could read them again', '書き込むと読み取れなくなります'),
};
