import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import * as z from 'zod';

/**
 * What the webhook is measured against: a Fastify route over TLS as anyone would write it, which parses the same body and answers a
 * constant of the same size.
 */
const env = z.object({ PORT: z.coerce.number(), CERT: z.string(), KEY: z.string(), ANSWER: z.string() }).parse(process.env);
const answer: unknown = JSON.parse(readFileSync(env.ANSWER, 'utf8'));
const server = fastify({ https: { cert: readFileSync(env.CERT), key: readFileSync(env.KEY) }, bodyLimit: 7 * 1024 * 1024 });
server.post('/mutate', async () => answer);
server.get('/readyz', async () => ({ status: 'ready' }));
await server.listen({ host: '127.0.0.1', port: env.PORT });
