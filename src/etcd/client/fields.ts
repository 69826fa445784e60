import { type WireField, wireFields, wireTypes } from '../snapshot/protobuf.ts';

/** The fields of an answer by number. Those that it does not have read as protobuf's defaults. */
export class Fields {
  readonly #byNumber: ReadonlyMap<number, readonly WireField[]>;

  /** Throws a plain Error for what is no protobuf message. */
  constructor(message: Buffer) {
    const fields: WireField[] = [];
    for (const field of wireFields(message)) {
      if (field === undefined) throw new Error('the answer is not a protobuf message');
      fields.push(field);
    }
    this.#byNumber = Map.groupBy(fields, ({ number }) => number);
  }

  unsigned(number: number): bigint {
    const field = this.#last(number);
    return field?.type === wireTypes.varint ? field.varint : 0n;
  }

  /** An `int64`. */
  signed(number: number): bigint {
    return BigInt.asIntN(64, this.unsigned(number));
  }

  flag(number: number): boolean {
    return this.unsigned(number) !== 0n;
  }

  /** A view. */
  bytes(number: number): Buffer {
    const field = this.#last(number);
    return field?.type === wireTypes.bytes ? field.bytes : nothing;
  }

  text(number: number): string {
    return this.bytes(number).toString('utf8');
  }

  texts(number: number): string[] {
    return this.#every(number).map(bytes => bytes.toString('utf8'));
  }

  message(number: number): Fields {
    return new Fields(this.bytes(number));
  }

  messages(number: number): Fields[] {
    return this.#every(number).map(bytes => new Fields(bytes));
  }

  /** Of a repeated value, the last one holds. */
  #last(number: number): WireField | undefined {
    return this.#byNumber.get(number)?.at(-1);
  }

  #every(number: number): Buffer[] {
    const fields = this.#byNumber.get(number) ?? [];
    return fields.filter(({ type }) => type === wireTypes.bytes).map(({ bytes }) => bytes);
  }
}

const nothing = Buffer.alloc(0);
