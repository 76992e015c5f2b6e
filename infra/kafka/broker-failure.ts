import fs from 'node:fs';
import { cacheFolder } from '../machine/cache.ts';
import { diskFull, isCacheFull } from '../machine/file-trouble.ts';
import { GuidedError } from '../machine/guided-error.ts';

const LAST_LINES = 12;

/** An error that shows the end of a broker's own log, or says that the disk is full: then the log ends anywhere. */
export function brokerFailure(sentence: string, log: string): GuidedError {
  if (isCacheFull()) return diskFull(cacheFolder('runs'), sentence);
  const end = log.trim().split('\n').slice(-LAST_LINES).join('\n');
  return new GuidedError(
    `${sentence} Its last words:\n${end || '(none)'}`,
    'read them; if they do not help, start afresh with WORKBOOK_CACHE pointing at an empty folder.',
  );
}

/** The text of a log file; empty when there is none. */
export function readLog(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
