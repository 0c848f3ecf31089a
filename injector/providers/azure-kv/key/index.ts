// What only keys need, loaded with the first of them.
export { KeyClient } from '@azure/keyvault-keys';
export { publicKeyPem } from './public-key.ts';
