// The floor: what this machine, Fastify and PostgreSQL can do at best. Bare routes that send the same bytes from one named
// prepared statement, headers included; for a posted conversation, as many bare inserts in one transaction. No token, no audit, no checks.
import Fastify from 'fastify';
import pg from 'pg';

/** As many connections as the service keeps for its point reads, and for its transactions. */
const POINT_CONNECTIONS = 2;
const POOL_CONNECTIONS = 10;

const STATEMENTS = {
  card: "SELECT c.content FROM identifier i JOIN emergency_card c ON c.patient_id = i.id WHERE i.type = 'Patient' AND i.system = 'http://fhir.nl/fhir/NamingSystem/bsn' AND i.value = $1 AND i.scope = ''",
  summary:
    "SELECT c.summary AS content FROM identifier i JOIN emergency_card c ON c.patient_id = i.id WHERE i.type = 'Patient' AND i.system = 'http://fhir.nl/fhir/NamingSystem/bsn' AND i.value = $1 AND i.scope = ''",
  read: 'SELECT content FROM resource WHERE type = $1 AND id = $2',
  query: 'SELECT content FROM bench_answer WHERE key = $1',
};

const INSERT = 'INSERT INTO bench_resource (type, id, content) VALUES ($1, $2, $3)';

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
app.addContentTypeParser('application/fhir+json', { parseAs: 'string' }, (_request, body, done) => done(null, JSON.parse(body as string)));

const FHIR = 'application/fhir+json; charset=utf-8';

/** Headers of the service's answers by scenario, besides those that Fastify makes. */
let headers: Record<string, Record<string, string>> = {};
process.on('message', (told: typeof headers) => {
  headers = told;
});

app.post('/v1/emergency-card', async (request, reply) => {
  const { bsn } = request.body as { bsn: string };
  return reply
    .headers(headers.card ?? {})
    .type('application/json; charset=utf-8')
    .send(await content('card', [bsn]));
});
app.post('/fhir/R4/Patient/$acp-summary', async (request, reply) => {
  const { parameter } = request.body as { parameter: [{ valueIdentifier: { value: string } }] };
  return reply
    .headers(headers.summary ?? {})
    .type(FHIR)
    .send(await content('summary', [parameter[0].valueIdentifier.value]));
});
app.get('/fhir/R4/Consent', async (request, reply) => {
  return reply
    .headers(headers.query2 ?? {})
    .type(FHIR)
    .send(await content('query', [(request.query as { patient: string }).patient]));
});
app.get('/fhir/R4/:type/:id', async (request, reply) => {
  const { type, id } = request.params as { type: string; id: string };
  return reply
    .headers(headers.read ?? {})
    .type(FHIR)
    .send(await content('read', [type, id]));
});
app.post('/fhir/R4', async (request, reply) => {
  const { entry } = request.body as { entry: { resource: { resourceType: string } }[] };
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    for (const { resource } of entry) {
      const values = [resource.resourceType, crypto.randomUUID(), JSON.stringify(resource)];
      await client.query({ name: 'insert', text: INSERT, values });
    }
    await client.query('COMMIT');
  } finally {
    client.release();
  }
  return reply.type(FHIR).send('{"resourceType":"Bundle","type":"transaction-response"}');
});

await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: (app.server.address() as { port: number }).port });
process.once('disconnect', () => process.exit(0));
