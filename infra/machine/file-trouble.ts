// What the file system refuses, in a sentence: a full disk or a cache that may not be written is nobody's defect.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder } from './cache.ts';
import { GuidedError } from './guided-error.ts';

/** Below this many free bytes a broker cannot do anything: one of its index files alone is larger. */
const NOTHING_LEFT = 1_000_000;

const FULL = ['ENOSPC', 'EDQUOT'];
const FORBIDDEN = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];

/** In bytes: Kafka's jars and class archive, and what the topics of a grading take, twice. */
const ENOUGH = 700_000_000;

/**
 * The error as a GuidedError when it is about a full disk or a cache that cannot be written; otherwise as it is. `target` is the
 * file that was being written: a write that finds no space does not say where.
 */
export function explainFileTrouble(error: unknown, target?: string): unknown {
  const { code = '', path: file, dest } = error as NodeJS.ErrnoException & { dest?: string };
  if (error instanceof GuidedError || !(error instanceof Error)) return error;
  if (FULL.includes(code)) return diskFull(dest ?? file ?? target, error);
  if (!FORBIDDEN.includes(code) || !file?.startsWith(cacheFolder())) return error;
  return new GuidedError(
    `The workbook's cache, ${cacheFolder()}, cannot be written (${code} at ${file}).`,
    `use another folder: ${anotherCache()} before the same command.`,
    { cause: error },
  );
}

/** What a person needs to know of an error, with the next step; undefined for one that is nobody's but ours. */
export function sentenceOf(error: unknown): string | undefined {
  const explained = explainFileTrouble(error);
  return explained instanceof GuidedError ? `${explained.message}\nNext: ${explained.next}` : undefined;
}

/** The sentence for a disk without space; `file` is what could not be written, where that is known. */
export function diskFull(file: string | undefined, cause: unknown): GuidedError {
  const next =
    file && !file.startsWith(cacheFolder())
      ? 'free some space there, and give the same command once more.'
      : `free some space, or use a folder on another disk: ${anotherCache()} before the same command.`;
  const sentence = `The disk is full: there is no space left in ${file ? path.dirname(file) : cacheFolder()}.`;
  return new GuidedError(sentence, next, { cause });
}

/** The assignment that puts the cache elsewhere: where it can be written and has space, as far as this machine has such a place. */
export function anotherCache(): string {
  const places = [os.homedir(), os.tmpdir(), '/var/tmp'].map((parent) => path.join(parent, 'kafka-workbook-cache'));
  const fit = places.find((place) => place !== cacheFolder() && isWritable(place) && freeSpace(place) >= ENOUGH);
  return `WORKBOOK_CACHE=${fit ?? '/a/folder/on/another/disk'}`;
}

/** Whether a folder can be written, or made where it does not exist. */
function isWritable(folder: string): boolean {
  if (!fs.existsSync(folder) && folder !== path.dirname(folder)) return isWritable(path.dirname(folder));
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Free bytes on the disk that holds a folder, or will hold it once it is made. */
export function freeSpace(folder: string): number {
  if (!fs.existsSync(folder) && folder !== path.dirname(folder)) return freeSpace(path.dirname(folder));
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/** Whether the cache's disk is full, so that what has failed there has failed for that reason. */
export function isCacheFull(): boolean {
  return freeSpace(cacheFolder()) < NOTHING_LEFT;
}
