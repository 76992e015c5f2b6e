// One JSON object a line on stdout, so that one order can be followed through every service by its correlation_id.

export interface LogFields {
  correlation_id?: string;
  [field: string]: unknown;
}

export interface Log {
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
}

/** A program whose result is its stdout prints its log elsewhere. */
export function createLog(service: string, print: (line: string) => void = console.log): Log {
  const write =
    (level: string) =>
    (msg: string, fields: LogFields = {}) => {
      print(JSON.stringify({ time: new Date().toISOString(), level, service, msg, ...fields }));
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** For a command, whose stdout is for its result alone: plain lines on stderr. */
export function logOnStderr(): Log {
  const write = (level: string) => (msg: string) => console.error(`${level}: ${msg}`);
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
