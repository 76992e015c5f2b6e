// Kafka's framing: every request and response is a size (4 bytes, big endian) and as many bytes.
import type { Socket } from 'node:net';

const SIZE_BYTES = 4;

/** The frames of a byte stream, without their sizes, however the bytes were split on their way. */
export async function* framesOf(stream: AsyncIterable<Buffer> | Socket): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    pending.push(chunk);
    length += chunk.length;
    if (length < SIZE_BYTES || length < SIZE_BYTES + sizeOf(pending)) continue;
    let bytes = Buffer.concat(pending);
    while (bytes.length >= SIZE_BYTES && bytes.length >= SIZE_BYTES + bytes.readInt32BE(0)) {
      const end = SIZE_BYTES + bytes.readInt32BE(0);
      yield bytes.subarray(SIZE_BYTES, end);
      bytes = bytes.subarray(end);
    }
    pending = bytes.length > 0 ? [bytes] : [];
    length = bytes.length;
  }
}

/** Reads the size without joining a large frame again for each of its pieces. */
function sizeOf(pieces: Buffer[]): number {
  const [first] = pieces;
  return (first && first.length >= SIZE_BYTES ? first : Buffer.concat(pieces)).readInt32BE(0);
}

/** A frame as it goes over the wire. */
export function toWire(frame: Buffer): Buffer {
  const size = Buffer.alloc(SIZE_BYTES);
  size.writeInt32BE(frame.length);
  return Buffer.concat([size, frame]);
}
