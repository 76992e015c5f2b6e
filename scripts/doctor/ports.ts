// Whether the ports that the prose speaks of are free; a lab gets by without them.
import { isFree } from '#infra/machine/ports.ts';
import { attention, type Finding, fine } from './finding.ts';
import { asRoot } from './machine.ts';
import { holderOf } from './port-holder.ts';

export async function lookAtPort(port: number, user: string): Promise<Finding> {
  if (await isFree(port)) return fine(`port ${port}`, `free for ${user}`);
  const holder = await holderOf(port);
  const by = holder ? `${holder.name} (pid ${holder.pid})` : 'a program of another user';
  const command = holder ? `kill ${holder.pid}` : asRoot(`lsof -nP -iTCP:${port} -sTCP:LISTEN`);
  const way = holder ? 'to free it' : 'to see which';
  return attention(`port ${port}`, `in use by ${by}; a lab takes another for ${user} and says so; ${way}`, command);
}
