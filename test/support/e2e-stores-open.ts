import { connect, createServer } from 'node:net';

/** Passes what comes to a free port of the node on to a server of this machine's loopback. */
export async function openToPods(address: string, host: string, name: string): Promise<AsyncDisposable & { readonly address: string }> {
  const { hostname, port } = new URL(address);
  const server = createServer((incoming) => {
    const outgoing = connect(Number(port), hostname);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return {
    address: `http://${name}:${bound.port}`,
    async [Symbol.asyncDispose]() {
      // Its connections end with the servers behind them.
      server.close();
    },
  };
}
