import type { Server } from 'node:https';
import type { FastifyInstance } from 'fastify';

/** Everybody is answered on these: the kubelet has no client certificate. */
export const PROBES: readonly string[] = ['/livez', '/readyz'];

/** `GET /livez`: the process answers. `GET /readyz`: 200, or 503 with why calls must not come here. */
export function registerProbes(server: FastifyInstance<Server>, notReady: () => string | undefined): void {
  server.get('/livez', async () => ({ status: 'alive' }));
  server.get('/readyz', async (_request, reply) => {
    const reason = notReady();
    return reason === undefined ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', reason });
  });
}
