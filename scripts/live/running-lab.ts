// The lab that is up on this machine, for whoever wants to talk to its brokers: a note in the folder of its run, which ends
// with it.
import fs from 'node:fs';
import path from 'node:path';
import { Run } from '#infra/machine/run.ts';
import { writeAtomically } from '#infra/maven/artifacts.ts';

export interface RunningLab {
  /** `03-producer` */
  chapter: string;
  /** As KAFKA_BROKERS wants it. */
  brokers: string;
}

const NOTE = 'lab.json';

export function announceLab(run: Run, lab: RunningLab): void {
  writeAtomically(path.join(run.folder, NOTE), JSON.stringify(lab));
}

/** The lab that was started last and is still up. */
export function findRunningLab(): RunningLab | undefined {
  const notes = Run.running()
    .map(({ folder }) => path.join(folder, NOTE))
    .filter((note) => fs.existsSync(note))
    .sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs);
  const [latest] = notes;
  return latest ? (JSON.parse(fs.readFileSync(latest, 'utf8')) as RunningLab) : undefined;
}
