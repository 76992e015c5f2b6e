import type { Run } from '../machine/run.ts';
import { CONTAINER_PORTS } from './broker-properties.ts';
import { dockerEngine } from './docker-engine.ts';
import type { NodePorts } from './node-ports.ts';

export interface ContainerSpec {
  name: string;
  /** The network of a cluster's containers; Docker's default one without it. */
  network: string | undefined;
  ports: NodePorts;
  environment: Record<string, string>;
}

/** Creates (but does not start) a broker's container, published on 127.0.0.1 at ports that are known in advance. */
export async function createContainer(run: Run, image: string, spec: ContainerSpec): Promise<void> {
  const engine = await dockerEngine();
  const published = {
    [`${CONTAINER_PORTS.CLIENT}/tcp`]: spec.ports.clientPort,
    [`${CONTAINER_PORTS.DIRECT}/tcp`]: spec.ports.directPort,
  };
  const bindings = Object.entries(published).map(([inside, port]) => [
    inside,
    [{ HostIp: '127.0.0.1', HostPort: String(port) }],
  ]);
  run.adoptContainer(spec.name);
  await engine.container.create({
    name: spec.name,
    Image: image,
    Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    ExposedPorts: Object.fromEntries(Object.keys(published).map((inside) => [inside, {}])),
    Labels: { 'kafka-workbook.run': run.id },
    HostConfig: {
      PortBindings: Object.fromEntries(bindings),
      ...(spec.network && { NetworkMode: spec.network }),
    },
  });
}
