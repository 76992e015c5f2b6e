// Kafka's framing: every request and response is a size (4 bytes, big endian) and as many bytes.
import type { Socket } from 'node:net';

const SIZE_BYTES = 4;
/** In bytes, as Kafka's brokers have it (`socket.request.max.bytes`); they close a connection that announces more. */
const LARGEST_FRAME = 104_857_600;

/** The frames of a byte stream, without their sizes, however the bytes were split on their way. Throws for one that is too large. */
export async function* framesOf(stream: AsyncIterable<Buffer> | Socket): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let length = 0;
  /** Fewer bytes than this hold no whole frame, so pieces are joined once a frame and not once a piece. */
  let wanted = SIZE_BYTES;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    pending.push(chunk);
    length += chunk.length;
    if (length < wanted) continue;
    let bytes = Buffer.concat(pending);
    for (wanted = frameEnd(bytes); bytes.length >= wanted; wanted = frameEnd(bytes)) {
      yield bytes.subarray(SIZE_BYTES, wanted);
      bytes = bytes.subarray(wanted);
    }
    pending = [bytes];
    length = bytes.length;
  }
}

/** Where the first frame of these bytes ends, as far as they tell. */
function frameEnd(bytes: Buffer): number {
  if (bytes.length < SIZE_BYTES) return SIZE_BYTES;
  const size = bytes.readInt32BE(0);
  if (size < 0 || size > LARGEST_FRAME) throw new Error(`a frame of ${size} bytes`);
  return SIZE_BYTES + size;
}

/** A frame as it goes over the wire. */
export function toWire(frame: Buffer): Buffer {
  const size = Buffer.alloc(SIZE_BYTES);
  size.writeInt32BE(frame.length);
  return Buffer.concat([size, frame]);
}
