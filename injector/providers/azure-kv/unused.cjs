// What the injector's bundle puts in place of `debug` and `https`, which the proxy agents of Azure's pipeline require when it
// loads: our transport sends, and nothing may be traced.
'use strict';

module.exports = Object.assign(() => () => undefined, { Agent: Object });
