// For balancers and people: is the process alive, can it answer.
import type { FastifyInstance } from 'fastify';

/** `isReady` says whether the database answers. */
export function registerHealth(app: FastifyInstance, isReady: () => Promise<boolean>): void {
  app.get('/health/live', { config: { access: 'open', audit: 'none' } }, async (_request, reply) => reply.send({ status: 'alive' }));
  app.get('/health/ready', { config: { access: 'open', audit: 'none' } }, async (_request, reply) => {
    const ready = await isReady().catch(() => false);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'unavailable' });
  });
}
