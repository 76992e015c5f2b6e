// Log lines that say the same again and again push out of sight what was said once.

/** Of lines that differ only in times, numbers and ids, the last one, with how often it was there. */
export function withoutRepetitions(lines: string[]): string[] {
  const byShape = Map.groupBy(lines, shapeOf);
  const last = new Set([...byShape.values()].map((same) => same.at(-1)));
  return lines
    .filter((line, index) => last.has(line) && lines.lastIndexOf(line) === index)
    .map((line) => {
      const times = byShape.get(shapeOf(line))?.length ?? 1;
      return times > 1 ? `${line} (${times} times)` : line;
    });
}

/** A hexadecimal id or a number, wherever it stands. */
function shapeOf(line: string): string {
  return line.replaceAll(/[0-9a-f]{8,}(-[0-9a-f]+)*/gi, '#').replaceAll(/\d+/g, '#');
}
