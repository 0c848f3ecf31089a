// A part of its own, because the library behind it costs 8 ms that only a configuration of another release needs.
export { decodeInjectorConfig } from '../../../src/contract/injector-config.ts';
