import { askEngine, dockerSocket } from './docker-socket.ts';
import { kafkaImageName, OWN_IMAGE } from './image-name.ts';
import { KAFKA_VERSION } from './kafka.ts';

const LIMIT_MS = 120;

/** Whether the engine behind a local socket has the image. No socket, no answer in time (120 ms), or any error: no. */
export async function isKafkaImagePresent(
  env: Record<string, string | undefined>,
  limitMs = LIMIT_MS,
): Promise<boolean> {
  const socket = dockerSocket(env);
  if (!socket) return false;
  const name = kafkaImageName(env);
  // The tag of our own image ends in a hash of its inputs, which would take long to find out; any build of it will do.
  const reference = name === 'own' ? `${OWN_IMAGE}:${KAFKA_VERSION}-*` : name;
  const filters = encodeURIComponent(JSON.stringify({ reference: [reference] }));
  try {
    return (await askEngine(socket, `/images/json?filters=${filters}`, limitMs)).trim() !== '[]';
  } catch {
    return false;
  }
}
