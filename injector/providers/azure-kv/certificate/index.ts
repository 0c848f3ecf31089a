// What only certificates need, run with the first of them.
export { CertificateClient } from '@azure/keyvault-certificates';
export { certificateValue } from './value.ts';
