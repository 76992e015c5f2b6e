// Moments that checks wait for: what a right program does, and the time that a wrong one needs to show itself.
import { demand } from '#shared/testing/demand.ts';
import { until as untilAll } from '#shared/testing/moments.ts';
import type { Service } from '#shared/testing/service.ts';
import type { Workbench } from '#shared/testing/workbench.ts';

/** Waits for what a right program does; fails the check when it does not come, or when the service says what is to do. */
export async function until(
  bench: Workbench,
  service: Service,
  expected: string,
  condition: () => boolean | Promise<boolean>,
  limitMs?: number,
): Promise<void> {
  await untilAll({ bench, services: [service], expected, ...(limitMs ? { limitMs } : {}) }, condition);
}

/** Waits until a service that was out of its group is back; it may also end non-zero, for a new one to be started. */
export async function backOrEnded(bench: Workbench, service: Service, limitMs: number): Promise<void> {
  const isReady = async () => (await service.get('/health/ready', 5_000)).status === 200;
  const { program } = service;
  const back = async () => program.exit !== undefined || (await isReady());
  await until(bench, service, 'the service is ready again, or ends with a non-zero exit code.', back, limitMs);
  demand(program.exit?.code !== 0, 'a consumer that has stopped for good does not end with 0.', () =>
    service.describe(),
  );
}
