/** A certificate with what belongs to it, in no order yet. */
export interface Material {
  /** DER of each certificate. */
  readonly certificates: readonly Uint8Array[];
  /** The private key: PEM text of any kind, or PKCS#8 DER. */
  readonly key: string | Uint8Array | undefined;
}
