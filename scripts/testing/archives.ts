// For tests: archives as no honest tool would make them.
import fs from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import tar from 'tar-stream';

export interface ArchiveEntry {
  name: string;
  content?: string | Buffer;
  /** Makes it a symbolic link to that place. */
  link?: string;
}

const UNIX = 3 << 8;
const [FILE, LINK] = [0o100644, 0o120777];
const UTF_8 = 0x0800;
const DEFLATED = 8;

/** Writes a zip file (APPNOTE 4.3) with these names, whatever they are. */
export function writeZip(target: string, entries: ArchiveEntry[]): void {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const { name, content = '', link } of entries) {
    const data = Buffer.from(link ?? content);
    const [packed, file] = [deflateRawSync(data), Buffer.from(name)];
    // What both headers have in common: flags, method, time, checksum, sizes, length of the name.
    const common = Buffer.alloc(24);
    common.writeUInt16LE(UTF_8, 0);
    common.writeUInt16LE(DEFLATED, 2);
    common.writeUInt32LE(crc32(data), 8);
    common.writeUInt32LE(packed.length, 12);
    common.writeUInt32LE(data.length, 16);
    common.writeUInt16LE(file.length, 20);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004\u0014\u0000', 'latin1'), common, file, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((link ? LINK : FILE) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const version = Buffer.alloc(4);
    version.writeUInt16LE(UNIX | 20, 0);
    version.writeUInt16LE(20, 2);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002', 'latin1'), version, common, rest, file]));
    bodies.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(18);
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  fs.writeFileSync(target, Buffer.concat([...bodies, ...directory, Buffer.from('PK\u0005\u0006', 'latin1'), end]));
}

/** Writes a compressed tar file. */
export async function writeTar(target: string, entries: ArchiveEntry[]): Promise<void> {
  const pack = tar.pack();
  for (const { name, content = '', link } of entries) {
    if (link === undefined) pack.entry({ name }, Buffer.from(content));
    else pack.entry({ name, type: 'symlink', linkname: link });
  }
  pack.finalize();
  fs.writeFileSync(target, gzipSync(await buffer(pack as AsyncIterable<Buffer>)));
}

/** Writes a compressed tar file of a few kilobytes that unpacks to so many megabytes: gzip files may be joined. */
export async function writeTarBomb(target: string, megabytes: number): Promise<void> {
  const pack = tar.pack();
  const entry = pack.entry({ name: 'labs/big.txt', size: megabytes * 1_000_000 });
  const [header] = await Promise.all([firstOf(pack as AsyncIterable<Buffer>), entry.write(Buffer.alloc(512))]);
  const million = gzipSync(Buffer.alloc(1_000_000), { level: 9 });
  const files = Array.from({ length: megabytes }, () => million);
  fs.writeFileSync(target, Buffer.concat([gzipSync(header.subarray(0, 512)), ...files]));
}

async function firstOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const piece of stream) return piece;
  throw new Error('the archive is empty');
}
