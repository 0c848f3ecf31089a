export { checkVariables } from './check-variables.ts';
export { placeVariables } from './place-variables.ts';
export { renderVariables } from './render-variables.ts';
