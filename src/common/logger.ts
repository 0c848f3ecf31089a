import pino, { type Logger } from 'pino';

/** JSON lines on standard output: constant messages with data beside. Never give it a pod or a body. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } });
}
