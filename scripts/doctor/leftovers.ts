// What dead runs have left: removed on the way, as every verb does when it starts, and told.
import fs from 'node:fs';
import { cacheFolder } from '#infra/machine/cache.ts';
import { anotherCache, explainFileTrouble } from '#infra/machine/file-trouble.ts';
import { abandonedPartials, sweepPartials } from '#infra/machine/partial-files.ts';
import { orphans, reapOrphans } from '#infra/machine/run.ts';
import { attention, type Finding, fine, trouble } from './finding.ts';

export function lookAtLeftovers(): Finding {
  try {
    return removeLeftovers();
  } catch (error) {
    const { message } = explainFileTrouble(error) as Error;
    return attention('leftovers', message.replace(/\.$/, ''), `rm -r ${cacheFolder('runs')}`);
  }
}

function removeLeftovers(): Finding {
  const halves = abandonedPartials(cacheFolder('artifacts')).length;
  sweepPartials(cacheFolder('artifacts'));
  const dead = reapOrphans();
  const stubborn = orphans().length;
  if (stubborn > 0) {
    const text = `${stubborn} dead runs still have containers, and Docker does not answer; start it, then`;
    return attention('leftovers', text, 'npm run doctor');
  }
  if (dead + halves === 0) return fine('leftovers', 'none');
  return fine('leftovers', `${dead} dead runs and ${halves} half downloads were found and removed`);
}

/** Whether a run could begin in the cache folder. */
export function lookAtCacheFolder(): Finding {
  const folder = cacheFolder('runs');
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.rmdirSync(fs.mkdtempSync(`${folder}/doctor-`));
    return fine('cache', `${cacheFolder()} can be written`);
  } catch (error) {
    const { message } = explainFileTrouble(error) as Error;
    return trouble('cache', message.replace(/\.$/, ''), `export ${anotherCache()}`);
  }
}
