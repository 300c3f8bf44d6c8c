// The floor: what this machine, Fastify and PostgreSQL can do at best. Bare routes that send the same bytes from one named
// prepared statement, headers included; for what is written, as many bare inserts in one transaction; for a token, one signature
// checked, one made and one insert. No token, no audit, no checks.
import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import Fastify, { type FastifyReply } from 'fastify';
import pg from 'pg';

/** As many connections as the service keeps for its point reads, and for its transactions. */
const POINT_CONNECTIONS = 2;
const POOL_CONNECTIONS = 10;

const BY_BSN =
  "FROM identifier i JOIN emergency_card c ON c.patient_id = i.id WHERE i.type = 'Patient' AND i.system = 'http://fhir.nl/fhir/NamingSystem/bsn' AND i.value = $1 AND i.scope = ''";
const STATEMENTS = {
  card: `SELECT c.content ${BY_BSN}`,
  summary: `SELECT c.summary AS content ${BY_BSN}`,
  read: 'SELECT content FROM resource WHERE type = $1 AND id = $2',
  version: 'SELECT version AS content FROM resource WHERE type = $1 AND id = $2',
  answer: 'SELECT content FROM bench_answer WHERE key = $1',
};

const INSERT = 'INSERT INTO bench_resource (type, id, content) VALUES ($1, $2, $3)';
const UPDATE = 'UPDATE bench_resource SET content = $3 WHERE type = $1 AND id = $2';
const DELETE = 'DELETE FROM bench_resource WHERE type = $1 AND id = $2';

const connection = JSON.parse(process.argv[2] as string) as pg.ClientConfig;
const points = Array.from({ length: POINT_CONNECTIONS }, () => new pg.Client({ ...connection, pipeline: true } as pg.ClientConfig));
await Promise.all(points.map((client) => client.connect()));
const pool = new pg.Pool({ ...connection, max: POOL_CONNECTIONS });

let turn = 0;
async function content(name: keyof typeof STATEMENTS, values: string[]): Promise<string> {
  turn = (turn + 1) % points.length;
  const { rows } = await (points[turn] as pg.Client).query({ name, text: STATEMENTS[name], values });
  return rows[0].content;
}

const app = Fastify({ logger: false, bodyLimit: 16 * 1024 * 1024 });
const asText = { parseAs: 'string' } as const;
app.addContentTypeParser('application/fhir+json', asText, (_request, body, done) => done(null, JSON.parse(body as string)));
app.addContentTypeParser('application/x-www-form-urlencoded', asText, (_request, body, done) => done(null, body));

const FHIR = 'application/fhir+json; charset=utf-8';

/** Header lines of the service's answers, besides those that Fastify makes: by scenario. */
let headers: Record<string, Record<string, string>> = {};
process.on('message', (told: typeof headers) => {
  headers = told;
});
const answerAs = (reply: FastifyReply, scenario: string) => reply.headers(headers[scenario] ?? {}).type(FHIR);

interface Named {
  Params: { type: string; id: string };
}

app.post('/v1/emergency-card', async (request, reply) => {
  const { bsn } = request.body as { bsn: string };
  return answerAs(reply, 'card')
    .type('application/json; charset=utf-8')
    .send(await content('card', [bsn]));
});
app.post('/fhir/R4/Patient/$acp-summary', async (request, reply) => {
  const { parameter } = request.body as { parameter: [{ valueIdentifier: { value: string } }] };
  return answerAs(reply, 'summary').send(await content('summary', [parameter[0].valueIdentifier.value]));
});
app.post('/fhir/R4/Patient/_search', async (request, reply) => {
  return answerAs(reply, 'query2').send(await content('answer', [request.body as string]));
});
app.get('/fhir/R4/:type', async (request, reply) => {
  return answerAs(reply, 'query2').send(await content('answer', [request.url]));
});
app.get<Named>('/fhir/R4/:type/:id', async (request, reply) => {
  const { type, id } = request.params;
  if (request.headers['if-none-match'] !== undefined) {
    await content('version', [type, id]);
    return answerAs(reply, 'unchanged').code(304).send();
  }
  return answerAs(reply, 'read').send(await content('read', [type, id]));
});
app.post<Named>('/fhir/R4/:type', async (request, reply) => {
  await pool.query({ name: 'insert', text: INSERT, values: [request.params.type, randomUUID(), JSON.stringify(request.body)] });
  return answerAs(reply, 'read').code(201).send(JSON.stringify(request.body));
});
app.put<Named>('/fhir/R4/:type/:id', async (request, reply) => {
  await pool.query({ name: 'update', text: UPDATE, values: [request.params.type, request.params.id, JSON.stringify(request.body)] });
  return answerAs(reply, 'read').send(JSON.stringify(request.body));
});
app.delete<Named>('/fhir/R4/:type/:id', async (request, reply) => {
  await pool.query({ name: 'delete', text: DELETE, values: [request.params.type, request.params.id] });
  return answerAs(reply, 'read').code(204).send();
});
app.post('/fhir/R4', async (request, reply) => {
  const { entry } = request.body as { entry: { resource: { resourceType: string } }[] };
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    for (const { resource } of entry) {
      const values = [resource.resourceType, randomUUID(), JSON.stringify(resource)];
      await client.query({ name: 'insert', text: INSERT, values });
    }
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  return reply.type(FHIR).send('{"resourceType":"Bundle","type":"transaction-response"}');
});

const keys = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const signed = sign('sha384', Buffer.from('assertion'), keys.privateKey);
app.post('/oauth/token', async (_request, reply) => {
  if (!verify('sha384', Buffer.from('assertion'), keys.publicKey, signed)) throw new Error('not signed');
  await pool.query({ name: 'insert', text: INSERT, values: ['assertion', randomUUID(), ''] });
  return reply.send({ access_token: sign('sha384', Buffer.from('token'), keys.privateKey).toString('base64url') });
});

await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: (app.server.address() as { port: number }).port });
process.once('disconnect', () => process.exit(0));
