/** The part of a logger that the certificate sources use: data beside a constant message. */
export interface SourceLog {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
}
