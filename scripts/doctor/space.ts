// Whether there is memory and disk space enough for what a grading starts.
import fs from 'node:fs';
import os from 'node:os';
import { cacheFolder } from '#infra/machine/cache.ts';
import { anotherCache, freeSpace } from '#infra/machine/file-trouble.ts';
import { chapterFolder, listChapters } from '../chapters.ts';
import { attention, type Finding, fine, trouble } from './finding.ts';
import { megabytes } from './machine.ts';

/** A broker after a hundred thousand records, with the heap that we give it (`ps -o rss`). */
const BROKER_BYTES = 250e6;
/** A worker with its checks, and a service beside it. */
const LANE_BYTES = 250e6;
const GRADER_BYTES = 250e6;
/** Kafka's jars (45 MB) and its class archive (50 MB). */
const CACHE_BYTES = 100e6;
/** What the topics of a broker take while a chapter is graded. */
const BROKER_DATA_BYTES = 50e6;

/** The most brokers and lanes that one chapter is graded with. */
function mostLanes(): number {
  const lanes = listChapters().map(
    (chapter) => fs.readdirSync(chapterFolder(chapter)).filter((file) => file.endsWith('.test.ts')).length,
  );
  return Math.max(1, ...lanes);
}

export function lookAtMemory(): Finding {
  const needed = GRADER_BYTES + mostLanes() * (BROKER_BYTES + LANE_BYTES);
  // Only Linux tells what programs could get if the file cache gave way; elsewhere little is ever "free".
  const there = process.platform === 'linux' ? process.availableMemory() : os.totalmem();
  const text = `${megabytes(there)} ${process.platform === 'linux' ? 'available' : 'in the machine'}`;
  if (there >= needed) return fine('memory', `${text}; a grading takes up to ${megabytes(needed)}`);
  const command = process.platform === 'darwin' ? 'top -o mem' : 'top -o %MEM';
  return attention(
    'memory',
    `${text}, and a grading takes up to ${megabytes(needed)}; see what could be closed`,
    command,
  );
}

/** `cached`: Kafka is there already. */
export function lookAtDisk(cached: boolean): Finding {
  const folder = cacheFolder();
  const free = freeSpace(folder);
  const needed = (cached ? 0 : CACHE_BYTES) + mostLanes() * BROKER_DATA_BYTES;
  const text = `${megabytes(free)} free for ${folder}`;
  if (free >= needed) return fine('disk', text);
  const finding = free < needed / 2 ? trouble : attention;
  return finding('disk', `${text}, and the workbook needs ${megabytes(needed)}`, `export ${anotherCache()}`);
}
