// The JSON lines that a service writes about its orders.

/** Waits a moment for the line: a process may write its log after its answer. */
export async function logLineOf(stdout: () => string, correlationId: string): Promise<string | undefined> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const lines = stdout()
      .split('\n')
      .filter((line) => line.includes(correlationId));
    const found = lines.find((line) => isLogLine(line, correlationId));
    if (found || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function isLogLine(line: string, correlationId: string): boolean {
  try {
    const entry = JSON.parse(line) as Record<string, unknown>;
    const named = ['time', 'level', 'service', 'msg'].every((field) => entry[field] !== undefined);
    return named && entry.correlation_id === correlationId;
  } catch {
    return false;
  }
}
