// The primitive types of Kafka's protocol (kafka.apache.org/protocol), read one after the other. `flexible` versions of a
// request write lengths as unsigned varints, one too large, and may end each structure with tagged fields.

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #flexible: boolean;
  #at: number;

  constructor(bytes: Buffer, flexible: boolean, at = 0) {
    this.#bytes = bytes;
    this.#flexible = flexible;
    this.#at = at;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  int64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64BE(this.#at - 8);
  }

  /** A string that may be null. */
  string(): string | null {
    return this.#take(this.#flexible ? this.#varint() - 1 : this.int16())?.toString('utf8') ?? null;
  }

  /** Bytes that may be null, as record batches are. */
  bytes(): Buffer | null {
    return this.#take(this.#flexible ? this.#varint() - 1 : this.int32());
  }

  uuid(): string {
    return this.#take(16)?.toString('hex') ?? '';
  }

  array<T>(element: () => T): T[] {
    const length = this.#flexible ? this.#varint() - 1 : this.int32();
    return Array.from({ length: Math.max(0, length) }, element);
  }

  /** Skips the tagged fields that end a structure of a flexible version. */
  endOfStructure(): void {
    if (!this.#flexible) return;
    for (let count = this.#varint(); count > 0; count--) {
      this.#varint();
      this.#take(this.#varint());
    }
  }

  #take(length: number): Buffer | null {
    if (length < 0) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
