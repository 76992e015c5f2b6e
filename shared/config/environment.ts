import { z } from 'zod';

// A service is configured by its environment alone (12-factor); what is wrong with it is said before anything is opened.

export const port = wholeNumber(1, 65_535);
/** A duration in milliseconds, up to an hour. */
export const milliseconds = wholeNumber(1, 3_600_000);

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

/** A whole number within limits. */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^\d+$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}
