// The lab that is up on this machine, for whoever wants to talk to its brokers: a note in the folder of its run, which ends
// with it.
import fs from 'node:fs';
import path from 'node:path';
import { Run } from '#infra/machine/run.ts';

export interface RunningLab {
  /** `03-producer` */
  chapter: string;
  /** As KAFKA_BROKERS wants it. */
  brokers: string;
  /** The same brokers past the tap, for those who only look on. */
  direct?: string;
  /** Where the lab takes commands of this user, once its programs are there. */
  control?: LabAddress;
}

export interface LabAddress {
  url: string;
  /** Whoever can read the note may command. */
  token: string;
}

const NOTE = 'lab.json';
/** The note holds a secret. */
const OWNER_ONLY = 0o600;

export function announceLab(run: Run, lab: RunningLab): void {
  const note = path.join(run.folder, NOTE);
  fs.writeFileSync(`${note}.part`, JSON.stringify(lab), { mode: OWNER_ONLY });
  fs.renameSync(`${note}.part`, note);
}

/** The lab that was started last and is still up; with `owner`, the one of that process and no other. */
export function findRunningLab(owner?: number): RunningLab | undefined {
  const runs = Run.running().filter((run) => owner === undefined || run.owner === owner);
  const notes = runs.flatMap(({ folder }) => readNote(path.join(folder, NOTE)) ?? []);
  const [latest] = notes.toSorted((a, b) => b.writtenAt - a.writtenAt);
  return latest?.lab;
}

/** Undefined for a run that is no lab, and for a lab that ends in this moment. */
function readNote(note: string): { lab: RunningLab; writtenAt: number } | undefined {
  try {
    return { lab: JSON.parse(fs.readFileSync(note, 'utf8')), writtenAt: fs.statSync(note).mtimeMs };
  } catch {
    return undefined;
  }
}
