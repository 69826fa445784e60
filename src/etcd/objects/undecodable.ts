import { type Message, say } from '#foundation/language.ts';

/** A stored value that cannot be read as what it says it is. Whoever reads it knows of which key it is, and names that. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
  readonly reason: Message;

  constructor(reason: keyof typeof reasons) {
    super(reasons[reason].en());
    this.reason = reasons[reason];
  }
}

const reasons = {
  wire: say('it is not valid protobuf', 'protobuf として正しくありません'),
  json: say('it is not valid JSON', 'JSON として正しくありません'),
  depth: say('it is nested absurdly deep', '階層が異常に深くなっています'),
  kind: say('it does not say which kind it is', '種類が記録されていません'),
  unknownKind: say(
    'it is of a kind that this version of Hozon has no table for',
    'このバージョンの Hozon が対応していない種類です',
  ),
  notObject: say('it is no object of an API', 'API オブジェクトではありません'),
} as const satisfies Readonly<Record<string, Message>>;
