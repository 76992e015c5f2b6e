// What a hand-in consists of, whether it is a folder, a zip or a tar file: its entries, one after another, read only on demand.
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { getFileNameLowLevel, openPromise } from 'yauzl';

/** Folders that are made by tools and are nobody's work. */
const IGNORED = ['node_modules', '.git', '.workbook', '__MACOSX'];
/** The most entries that anybody looks at. */
const MOST_ENTRIES = 50_000;
/** What a compressed tar file may unpack to: it has to be read as a whole. */
const MOST_UNPACKED = 1_000_000_000;

export interface Entry {
  /** As it is named in the hand-in, with `/` between folders; not to be trusted. */
  name: string;
  kind: 'file' | 'link' | 'other';
  /** The content, of at most so many bytes. Rejects with TooLarge. */
  read: (limit: number) => Promise<Buffer>;
}

export class TooLarge extends Error {
  constructor(what: string) {
    super(what);
  }
}

/** Goes through a hand-in. Rejects with an Error in words when it cannot be read, and with TooLarge when it is a bomb. */
export async function* entriesOf(place: string): AsyncGenerator<Entry> {
  let count = 0;
  for await (const entry of rawEntries(place)) {
    if (entry.name.split('/').some((part) => IGNORED.includes(part))) continue;
    if (++count > MOST_ENTRIES) throw new TooLarge(`it has more than ${MOST_ENTRIES} files`);
    yield entry;
  }
}

function rawEntries(place: string): AsyncGenerator<Entry> {
  if (fs.statSync(place).isDirectory()) return folderEntries(place);
  const head = Buffer.alloc(4);
  const file = fs.openSync(place, 'r');
  fs.readSync(file, head, 0, 4, 0);
  fs.closeSync(file);
  if (head.toString('latin1').startsWith('PK')) return zipEntries(place);
  return tarEntries(place, head.readUInt16BE() === 0x1f8b);
}

async function* folderEntries(root: string, below = ''): AsyncGenerator<Entry> {
  const entries = fs.readdirSync(path.join(root, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      if (!IGNORED.includes(entry.name)) yield* folderEntries(root, name);
      continue;
    }
    const file = path.join(root, name);
    const kind = entry.isFile() ? 'file' : entry.isSymbolicLink() ? 'link' : 'other';
    yield { name, kind, read: (limit) => readAll(fs.createReadStream(file), limit) };
  }
}

/** The type of a file in the upper half of a zip entry's attributes, as stat(2) has it. */
const [TYPE_MASK, LINK, REGULAR] = [0o170000, 0o120000, 0o100000];

async function* zipEntries(place: string): AsyncGenerator<Entry> {
  // Names undecoded: one bad name would otherwise be the end of the whole hand-in.
  const zip = await openPromise(place, { decodeStrings: false, lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      const { generalPurposeBitFlag, fileNameRaw, extraFields, externalFileAttributes } = entry;
      const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
      if (name.endsWith('/')) continue;
      const type = (externalFileAttributes >>> 16) & TYPE_MASK;
      const kind = type === LINK ? 'link' : type === REGULAR || type === 0 ? 'file' : 'other';
      yield { name, kind, read: async (limit) => readAll(await zip.openReadStreamPromise(entry), limit) };
    }
  } finally {
    zip.close();
  }
}

async function* tarEntries(place: string, compressed: boolean): AsyncGenerator<Entry> {
  const extract = tar.extract();
  const packed = fs.createReadStream(place);
  const unpacked = compressed ? packed.pipe(createGunzip()) : packed;
  let bytes = 0;
  unpacked.on('data', (chunk: Buffer | string) => {
    bytes += chunk.length;
    if (bytes > MOST_UNPACKED) extract.destroy(new TooLarge(`it unpacks to more than ${MOST_UNPACKED / 1e6} MB`));
  });
  for (const stream of new Set<Readable>([packed, unpacked])) stream.on('error', (error) => extract.destroy(error));
  unpacked.pipe(extract);
  try {
    for await (const entry of extract) {
      const { name, type } = entry.header;
      if (type !== 'directory') {
        const kind = type === 'file' ? 'file' : type === 'symlink' || type === 'link' ? 'link' : 'other';
        yield { name, kind, read: (limit) => readAll(entry as AsyncIterable<Buffer>, limit) };
      }
      entry.resume();
    }
  } finally {
    packed.destroy();
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>, limit: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    if (size > limit) throw new TooLarge(`it has more than ${limit / 1e6} MB`);
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}
