const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether something is a UUID of any version, in the text form of RFC 9562. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}
