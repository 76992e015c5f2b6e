import { z } from 'zod';

const STOCK_LIST = 'must be JSON such as {"SKU-1": 10}';

// A service is configured by its environment alone (12-factor); what is wrong with it is said before anything is opened.

export const port = wholeNumber(1, 65_535);
/** A duration in milliseconds, up to an hour. */
export const milliseconds = wholeNumber(1, 3_600_000);
/** The path of a file that need not exist yet. */
export const filePath = z.string('must be the path of a file').min(1, 'must be the path of a file');
/** The address of a web service, without a slash at its end. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:8025' })
  .transform((url) => url.replace(/\/+$/, ''));
/** How many there are of each sku. */
export const stockList = z
  .string(STOCK_LIST)
  .transform(parseStock)
  .pipe(z.record(z.string().min(1), z.int(STOCK_LIST).min(0, STOCK_LIST), STOCK_LIST));

/**
 * Reads and checks environment variables. When one is missing or malformed, a line on stderr names it and the process
 * ends with exit code 1.
 */
export function readEnvironment<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> {
  const result = z.object(shape).safeParse(process.env);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues) {
    const name = String(path[0]);
    const given = process.env[name] === undefined ? 'it is not set' : `it is "${process.env[name]}"`;
    console.error(`${name} ${message}; ${given}.`);
  }
  return process.exit(1);
}

function parseStock(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A whole number within limits. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^\d+$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}
