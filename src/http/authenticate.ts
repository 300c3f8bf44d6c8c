// What the routes need of the identity side: the caller of a request, or a refusal.
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.js';

export type Authenticate = (request: FastifyRequest) => Promise<Principal>;
