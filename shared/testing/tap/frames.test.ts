import { expect, test } from 'vitest';
import { framesOf, toWire } from './frames.ts';

async function* pieces(bytes: Buffer, sizes: () => number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + sizes();
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function all(frames: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for await (const frame of frames) read.push(frame);
  return read;
}

const frames = [
  Buffer.alloc(0),
  Buffer.from('a'),
  Buffer.from('a frame'),
  Buffer.alloc(70_000, 'x'),
  Buffer.from('last'),
];
const wire = Buffer.concat(frames.map(toWire));

test.each([1, 2, 3, 4, 5, 7, 1000, 65_536, wire.length])('frames are whole, split every %i bytes', async (size) => {
  const read = await all(framesOf(pieces(wire, () => size)));
  expect(read).toEqual(frames);
});

test('frames are whole wherever a single cut falls', async () => {
  const short = Buffer.concat([frames[2] ?? Buffer.alloc(0), frames[4] ?? Buffer.alloc(0)].map(toWire));
  for (let cut = 0; cut <= short.length; cut++) {
    let first = true;
    const sizes = () => {
      const size = first ? cut : short.length;
      first = false;
      return Math.max(1, size);
    };
    expect(await all(framesOf(pieces(short, sizes)))).toEqual([frames[2], frames[4]]);
  }
});

test('a frame that never ends is never given', async () => {
  expect(await all(framesOf(pieces(wire.subarray(0, -1), () => 9)))).toEqual(frames.slice(0, -1));
});
