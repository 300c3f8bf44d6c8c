// Makes plans once as the service makes them: written through its own door into a database that is thrown away, and read back as rows.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Resource } from '@medplum/fhirtypes';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type DoorDeps, Session } from '../../src/access/session.js';
import { SERVICE_PRINCIPAL } from '../../src/access/standing.js';
import { AuditWriter } from '../../src/audit/audit-writer.js';
import { AuditSpool } from '../../src/audit/spool.js';
import { DEMO_CLIENTS } from '../../src/auth/demo-clients.js';
import type { Principal } from '../../src/auth/principal.js';
import { glassTask } from '../../src/izp/glass-task.js';
import { izpRecordKeeper } from '../../src/izp/record-keeper.js';
import { loadDefinitions } from '../../src/start/definitions.js';
import { startEmbeddedDatabase } from '../../src/store/embedded/embedded-database.js';
import { migrate } from '../../src/store/migrations.js';
import { openDatabase } from '../../src/store/pool.js';
import { Digests } from './digests.js';
import { directoryOf } from './directory.js';
import { serviceIds } from './maker.js';
import { type Story, storyOf } from './story.js';
import { columnsOf, orderOf, recordTables } from './tables.js';
import { type PlanTemplate, planTemplate } from './template.js';
import { KINDS, type Kind, STAND_INS } from './variables.js';

/** Organisations were there before the first conversation. */
const DIRECTORY_MOMENT = Date.parse('2023-01-02T08:00:00Z');

export interface Plans {
  /** By kind of organisation. */
  directory: Record<Kind, PlanTemplate>;
  /** Each kind of plan in turn. */
  plans: AsyncGenerator<PlanTemplate>;
  stop(): Promise<void>;
}

export interface PlansToMake {
  seed: number;
  /** Kinds of plans. */
  kinds: number;
  /** The address under which the service will be reached: it stands in documents. */
  baseUrl: string;
  /** Packages the service will be pointed at: their search parameters are parameters of the records. */
  packagesDir?: string;
}

export async function makePlans({ seed, kinds, baseUrl, packagesDir }: PlansToMake): Promise<Plans> {
  await loadDefinitions(packagesDir);
  const dataDir = await mkdtemp(join(tmpdir(), 'izp-plans-'));
  const embedded = await startEmbeddedDatabase({ dataDir, durable: false });
  await migrate(embedded.connection);
  const database = await openDatabase(embedded.connection, { pool: 2, points: 1 });
  const client = new pg.Client(embedded.connection);
  await client.connect();
  // The rows of one plan make room for those of the next: the tables' own guards are for records.
  await client.query('SET session_replication_role = replica');
  const digests = new Digests();
  const tables = await recordTables(client);

  let now = DIRECTORY_MOMENT;
  let newId = serviceIds();
  const door: DoorDeps = {
    database,
    audit: new AuditWriter(database.audit, new AuditSpool(join(dataDir, 'spool')), () => {}),
    keeper: izpRecordKeeper(baseUrl),
    now: () => now,
    newId: () => newId(),
    access: { emergencyTypes: [], breakGlass: false, emergencyWithoutRegister: false },
    glassTask,
  };
  const write = (principal: Principal, resources: (Resource & { id: string })[]) =>
    new Session(door, principal, { requestId: '', interaction: 'transaction' }).transaction((writer) =>
      writer.apply(resources.map((resource) => ({ method: 'PUT', type: resource.resourceType, id: resource.id, build: () => resource }))),
    );
  const isMine = `t::text LIKE '%${STAND_INS.id}%'`;
  const read = async (where: string) => {
    const rows: Record<string, string> = {};
    for (const table of tables) {
      const sql = `COPY (SELECT ${await columnsOf(client, table)} FROM ${table} t WHERE ${where} ORDER BY ${await orderOf(client, table)}) TO STDOUT`;
      rows[table] = await text(client.query(copyTo(sql)));
    }
    return rows;
  };

  const directory = {} as Record<Kind, PlanTemplate>;
  for (const kind of KINDS) {
    await write(SERVICE_PRINCIPAL, directoryOf(kind));
    directory[kind] = planTemplate('female', await read(`t::text LIKE '%${STAND_INS[`${kind}.id`]}%'`), digests);
  }

  async function* plans(): AsyncGenerator<PlanTemplate> {
    for (let n = 0; n < kinds; n++) {
      newId = serviceIds();
      const { gender, chapters }: Story = storyOf(seed, n);
      digests.forget();
      digests.listen();
      try {
        for (const { date, author, resources } of chapters) {
          now = Date.parse(`${date}T${STAND_INS.time}Z`);
          await write(principalOf(author), resources);
        }
      } finally {
        digests.stop();
      }
      yield planTemplate(gender, await read(isMine), digests);
      for (const table of tables) await client.query(`DELETE FROM ${table} t WHERE ${isMine}`);
    }
  }

  return {
    directory,
    plans: plans(),
    async stop() {
      await client.end();
      await door.audit.close();
      await database.close();
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Who writes for an organisation. */
function principalOf(kind: Kind): Principal {
  const { organisation, scopes, policies } = DEMO_CLIENTS[kind] as (typeof DEMO_CLIENTS)[string];
  return {
    clientId: STAND_INS[`${kind}.client`] as string,
    organizationUra: STAND_INS[`${kind}.ura`],
    organizationName: STAND_INS[`${kind}.name`],
    organizationType: organisation.type,
    purpose: 'TREAT',
    scopes,
    policies,
  };
}
