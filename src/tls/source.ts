/** A certificate for the server, as PEM. */
export interface ServingCertificate {
  /** The leaf, followed by its chain if there is one. */
  readonly certificate: string;
  readonly key: string;
  readonly notAfter: Date;
}

/** Where the server's certificate comes from; the server cannot tell the sources apart. */
export interface CertificateSource {
  /** Resolves with the first certificate; later ones go to `onChange`. Rejects with an `AppError` when there is none to be had. */
  start(onChange: (certificate: ServingCertificate) => void): Promise<ServingCertificate>;
  /** Why the API server would not trust the certificate yet, or undefined when it would. */
  notReady(): string | undefined;
  stop(): Promise<void>;
}
