// Single keys from the terminal, or from a pipe.

/** Calls `pressed` with each key, `\r` or `\n` for Enter. Ctrl-C ends the process as it does elsewhere. */
export function listenToKeys(pressed: (key: string) => void): void {
  const { stdin } = process;
  // Raw: a key is here when it is pressed, and is not shown.
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', (keys: string) => {
    for (const key of keys) {
      if (key === CTRL_C) process.kill(process.pid, 'SIGINT');
      else pressed(key);
    }
  });
}

const CTRL_C = '\u0003';
