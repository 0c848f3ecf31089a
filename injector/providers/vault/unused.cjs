// What the injector's bundle puts in place of axios, https, debug and tv4, which node-vault requires when it loads: our transport
// replaces axios, nothing may be traced, and the options that tv4 checks are ours. Saves about 40 ms of start-up.
'use strict';

module.exports = Object.assign(() => () => undefined, { validate: () => true });
