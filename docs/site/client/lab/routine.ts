// Which requests every client sends all the time, and would crowd out the others.
import type { WireLine } from './messages.ts';

export const ROUTINE: readonly string[] = ['Fetch', 'Heartbeat', 'Metadata', 'ApiVersions'];

/** The last `most` of the routine and the last `most` of the rest, in their order. */
export function latest<Request extends Pick<WireLine, 'api'>>(requests: Request[], most: number): Request[] {
  const isRoutine = ({ api }: Request) => ROUTINE.includes(api);
  const routine = new Set(requests.filter(isRoutine).slice(-most));
  const others = new Set(requests.filter((request) => !isRoutine(request)).slice(-most));
  return requests.filter((request) => routine.has(request) || others.has(request));
}
