import { isHozonError } from '#foundation/errors.ts';
import type { Context } from '../context.ts';
import type { OpenedLocation } from '../locations/location.ts';
import { probe } from '../locations/probe.ts';
import { reasonOf } from '../reason.ts';
import { say } from '../spec.ts';
import { checkSkew } from './cluster.ts';
import { type Check, type Finding, failedBy, ok, skipped, warn } from './finding.ts';

const location: Check = { check: 'location', title: say('Location', 'ストレージの場所') };
const access: Check = { check: 'location-access', title: say('Location works', 'ストレージの動作') };
const directories: Check = { check: 'location-content', title: say('Location holds', 'ストレージの内容') };
const exclusive: Check = {
  check: 'location-exclusive',
  title: say('Exclusive create', '排他的な作成'),
};
const clock: Check = { check: 'location-clock', title: say("Location's clock", 'ストレージの時刻') };

/** Whether there is a storage location, and whether it can be used. */
export async function* checkLocation(context: Context): AsyncGenerator<Finding> {
  let opened: OpenedLocation;
  try {
    opened = await context.location();
  } catch (thrown) {
    const failed = failedBy(location, thrown);
    yield isHozonError(thrown, 'cli.no-location')
      ? warn(location, reasonOf(thrown), failed.hint ?? failed.detail)
      : failed;
    return;
  }
  const { name, store, readOnly } = opened;
  const shown = name === store.url ? store.url : `${name} (${store.url})`;
  yield ok(location, say(shown, shown));
  try {
    const result = await probe(store, { write: !readOnly, clock: context.clock, signal: context.signal });
    yield readOnly
      ? skipped(
          access,
          say(
            'can be listed; read-only, so nothing was written',
            '一覧を取得できます (読み取り専用のため書き込みは未確認です)',
          ),
        )
      : ok(access, say('can be listed, written and read', '一覧取得、書き込み、読み取りができます'));
    if (result.foreign.length > 0) yield foreign(result.foreign);
    if (result.exclusive === false) yield notExclusive();
    if (result.skew !== undefined) yield checkSkew(clock, result.skew);
  } catch (thrown) {
    yield failedBy(access, thrown);
  }
}

function foreign(names: readonly string[]): Finding {
  return warn(
    directories,
    say(
      `directories that are not Velero's: ${names.join(', ')}`,
      `Velero 以外のディレクトリーがあります: ${names.join(', ')}`,
    ),
    say(
      'Velero calls such a location invalid. Give Hozon a prefix of its own if Velero uses this location.',
      'Velero はこの場所を無効と判断します。Velero と共用する場合は、専用のプレフィックスを指定してください。',
    ),
  );
}

function notExclusive(): Finding {
  return warn(
    exclusive,
    say(
      'the store ignores the condition of a conditional write',
      'ストレージが条件付き書き込みの条件を無視します',
    ),
    say(
      'Never run two backups of the same name into it at the same time.',
      '同じ名前のバックアップを同時に実行しないでください。',
    ),
  );
}
