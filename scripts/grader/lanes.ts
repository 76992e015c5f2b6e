// A chapter's test files: each runs in a process of its own, with a Kafka of its own.
import fs from 'node:fs';
import path from 'node:path';
import { isOneBrokerLane } from '#shared/testing/job.ts';
import { type Chapter, chapterFolder } from '../chapters.ts';
import { brokersOf, type Size } from './broker-pool.ts';

const IMPORT = /^import '(\.\/.*)';$/gm;

/** The test files in the order of the report; with `only`, those that declare the check with this id. */
export function lanesOf(chapter: Chapter, only?: string): string[] {
  const files = fs.readdirSync(chapterFolder(chapter)).filter((file) => file.endsWith('.test.ts'));
  const lanes = files
    .sort((a, b) => a.length - b.length || a.localeCompare(b, 'en'))
    .map((file) => chapterFolder(chapter, file));
  const declaring = lanes.filter((lane) => only !== undefined && declares(lane, only));
  return declaring.length > 0 ? declaring : lanes;
}

/** How many brokers the lane's cluster has. */
export function sizeOf(chapter: Chapter, lane: string): Size {
  return isOneBrokerLane(lane) ? 1 : brokersOf(chapter);
}

/** Whether a chapter has a check with this id. */
export function declaresCheck(chapter: Chapter, id: string): boolean {
  return lanesOf(chapter).some((lane) => declares(lane, id));
}

/** A lane that is not run costs nothing; to ask vitest which one holds a check would start them all. */
function declares(lane: string, id: string): boolean {
  const text = fs.readFileSync(lane, 'utf8');
  const imported = [...text.matchAll(IMPORT)].map(([, file = '']) => path.join(path.dirname(lane), file));
  const texts = [text, ...imported.map((file) => fs.readFileSync(file, 'utf8'))];
  return texts.some((each) => each.includes(`id: '${id}'`));
}
