// For tests of hand-ins: whether they can be kept apart here. Users of their own can be had by root alone, and they have to get to
// this checkout's Node and packages.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { WORKBOOK } from '#shared/testing/compile.ts';
import { uidOf } from '../hand-ins/isolation.ts';

export const ISOLATED = process.getuid?.() === 0 && isReachable();

/** The title of a test that needs it. */
export const isolated = (name: string) =>
  ISOLATED ? name : `${name} (skipped: it takes root, and a checkout that other users can read)`;

function isReachable(): boolean {
  const read = `fs.accessSync(${JSON.stringify(path.join(WORKBOOK, 'node_modules', 'kafkajs', 'package.json'))})`;
  return spawnSync(process.execPath, ['-e', read], { uid: uidOf(0), gid: uidOf(0), cwd: '/' }).status === 0;
}
