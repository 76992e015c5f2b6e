/** Java's .properties format; keys and values here never need its escapes beyond the backslash. */
export function stringifyProperties(properties: Record<string, string>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}
