// Puts the service together from its configuration: database, identity, domain, HTTP. Used by the server and, as it is, by the tests.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Server as TlsServer } from 'node:tls';
import type { Logger } from 'pino';
import { uuidv7 } from 'uuidv7';
import { createAuditLog } from '../access/audit-log.js';
import { createPageTokens } from '../access/page-token.js';
import type { RecordKeeper } from '../access/record.js';
import { IDEMPOTENCY_MS } from '../access/replay.js';
import type { DoorDeps } from '../access/session.js';
import { buildApp } from '../app.js';
import { AuditWriter } from '../audit/audit-writer.js';
import { ensureSealKeys, sealKeyFile } from '../audit/seal-keys.js';
import { AuditSpool } from '../audit/spool.js';
import { tokenEvent } from '../audit/token-event.js';
import { demoOrganizations } from '../auth/demo-clients.js';
import { type Config, publicBaseUrl } from '../config.js';
import { createPermissionRegister } from '../exchange/permission-register.js';
import { capabilityStatement } from '../http/capability-statement.js';
import { logFailure } from '../http/failure.js';
import { FHIR_PATH } from '../http/fhir-address.js';
import { readFonts } from '../http/pdf/fonts.js';
import { paperThread } from '../http/pdf/paper-thread.js';
import { dispatch } from '../http/router.js';
import { SUMMARY_KEYS_PATH } from '../http/summary-key-routes.js';
import type { InteractionContext, Paper } from '../interactions/context.js';
import { glassTask } from '../izp/glass-task.js';
import { izpRecordKeeper } from '../izp/record-keeper.js';
import { ensureAuditPartitions } from '../store/audit-events.js';
import type { ConnectionSettings } from '../store/connection-settings.js';
import { startEmbeddedDatabase } from '../store/embedded/embedded-database.js';
import { forgetResponses } from '../store/idempotency.js';
import { migrate } from '../store/migrations.js';
import { openDatabase } from '../store/pool.js';
import { letServiceLogIn, SERVICE_ROLE } from '../store/roles.js';
import { ensureSetting } from '../store/settings.js';
import { startSealing } from './audit-sealing.js';
import { loadDefinitions } from './definitions.js';
import { deriveRules } from './derive-rules.js';
import { drainOnClose } from './drain-server.js';
import { LOOK_MINUTES, openReviewsAfterViews } from './emergency-views.js';
import { openIdentity, readIssuers } from './identity.js';
import { openOfflineSummaries } from './offline-summaries.js';
import { storeOwnResources, storePublished } from './own-resources.js';
import { loadProcess } from './process.js';
import { logChangedSettings } from './settings-log.js';
import { DEMO_PAGES, openSignIn, readSignIn } from './sign-in.js';
import { readTls, renewTls } from './tls.js';
import { SOFTWARE_VERSION } from './version.js';

export interface RunningService {
  app: ReturnType<typeof buildApp>;
  /** Set when the service is its own issuer with demo clients. */
  demo: boolean;
  /** Tells the service its address once it listens; tokens and links carry it. */
  address: { base: string };
  close(): Promise<void>;
}

/** Hours between looks whether audit partitions are ahead and kept responses are past their day. */
const UPKEEP_HOURS = 1;

export interface ServiceOptions {
  /** A database that is running already, instead of DATABASE_URL or the embedded one. */
  connection?: ConnectionSettings;
  /** Registers the demo clients and organisations; by itself only on the embedded database. */
  demo?: boolean;
  /** Epoch milliseconds. */
  clock?: () => number;
  /** Sets documents here instead of on a thread of its own, which runs compiled code only. */
  paper?: Paper;
}

/** Starts everything but the listening. Throws StartError with one line for the operator. */
export async function assemble(config: Config, logger: Logger, options: ServiceOptions = {}): Promise<RunningService> {
  const clock = options.clock ?? Date.now;
  // A wrong file is told before anything is opened.
  const tls = readTls(config);
  const issuers = await readIssuers(config, clock);
  const definitions = await loadDefinitions(config.fhirPackagesDir);
  const planProcess = loadProcess(config.processFile, definitions.own, definitions.validate);
  const signInAt = await readSignIn(config);
  const embedded =
    config.databaseUrl === undefined && options.connection === undefined
      ? await startEmbeddedDatabase({ dataDir: config.dataDir, onCrash: (message) => logger.error(message) })
      : undefined;
  const owner = options.connection ?? embedded?.connection ?? { connectionString: config.migrationDatabaseUrl ?? config.databaseUrl };
  const connection =
    options.connection ?? (embedded ? { ...embedded.connection, user: SERVICE_ROLE } : { connectionString: config.databaseUrl });
  try {
    await migrate(owner);
    if (embedded) await letServiceLogIn(embedded.connection);
    const database = await openDatabase(connection, { pool: config.databasePool, points: config.databasePoints });
    await ensureAuditPartitions(database.pool, new Date(clock()));
    const forgetOld = () => forgetResponses(database.pool, new Date(clock() - IDEMPOTENCY_MS));
    const upkeep = setInterval(() => {
      ensureAuditPartitions(database.pool, new Date(clock())).catch(() => logger.error('audit partitions could not be made ahead'));
      forgetOld().catch(() => logger.error('kept responses could not be forgotten'));
    }, UPKEEP_HOURS * 3_600_000);
    await forgetOld();
    upkeep.unref();
    const address = { base: publicBaseUrl(config, config.port) };
    const audit = new AuditWriter(database.audit, new AuditSpool(join(config.dataDir, 'spool')), (message, counts) =>
      logger.warn(counts, message),
    );
    await audit.recover();
    const sealing = startSealing({ database, keys: await ensureSealKeys(sealKeyFile(config)), clock }, logger);
    const keeperHere = perBase(address, (base) => izpRecordKeeper(base, planProcess));
    const keeper: RecordKeeper = {
      keep: (record) => keeperHere().keep(record),
      answer: (record) => keeperHere().answer(record),
      capacity: (record) => keeperHere().capacity(record),
    };
    const access = {
      emergencyTypes: config.emergencyTypes,
      breakGlass: config.breakGlass,
      emergencyWithoutRegister: config.emergencyWithoutRegister,
    };
    const register =
      config.registerUrl === undefined
        ? undefined
        : createPermissionRegister({ url: config.registerUrl, authorization: config.registerAuthorization, fetch, now: clock });
    const door: DoorDeps = { database, audit, keeper, now: clock, newId: uuidv7, access, register, glassTask };
    const identity = await openIdentity(config, issuers, {
      // Whoever asks for an emergency answer must be known first.
      db: database.emergency.pool,
      clock,
      baseUrl: () => address.base,
      demo: options.demo ?? embedded !== undefined,
      demoSignIn: signInAt ? undefined : DEMO_PAGES,
      record: (event) => audit.write([tokenEvent(event, { id: uuidv7(), recorded: new Date(clock()) })]),
    });
    const { demo, verifier, issuer, discovery } = identity;
    const logSettings = async () =>
      logChangedSettings({ database, audit, now: clock, newId: uuidv7 }, config, (await issuer?.keys.publicJwks())?.keys.at(-1)?.kid);
    await logSettings();
    // Keys rotate while the service runs.
    const comparing = setInterval(() => {
      logSettings().catch(() => logger.error('a change of settings could not be written to the audit log'));
    }, UPKEEP_HOURS * 3_600_000);
    comparing.unref();
    const offline = await openOfflineSummaries(config.dataDir, clock);
    const thread = paperThread(await readFonts());
    const date = new Date(clock()).toISOString();
    const capabilitiesHere = perBase(address, (baseUrl) =>
      capabilityStatement({ baseUrl, version: SOFTWARE_VERSION, date, tokenUrl: identity.tokenUrl() }),
    );
    const context: InteractionContext = {
      get baseUrl() {
        return `${address.base}${FHIR_PATH}`;
      },
      pageTokens: createPageTokens(
        Buffer.from(await ensureSetting(database, 'page-token-key', () => randomBytes(32).toString('base64')), 'base64'),
        clock,
      ),
      valueSet: definitions.valueSet,
      valueSets: definitions.valueSets,
      validate: definitions.validate,
      terminology: definitions.terminology,
      get capabilities() {
        return capabilitiesHere();
      },
      dispatch: (session, request) => dispatch(context, session, request),
      process: planProcess,
      paper: options.paper ?? thread,
      signSummary: (card) => offline.sign(card, address.base),
      get summaryKeysUrl() {
        return `${address.base}${SUMMARY_KEYS_PATH}`;
      },
      auditLog: createAuditLog(door),
      showUsers: config.auditLogShowUsers === 'on',
      report: (error) => logFailure({ log: logger as never }, error),
    };
    const pages = await openSignIn(signInAt, {
      database,
      clock,
      baseUrl: () => address.base,
      clientStatus: identity.clientStatus,
      hasDemo: issuer?.demo !== undefined,
      app: () => app,
    });
    const app: ReturnType<typeof buildApp> = buildApp({
      door,
      pages,
      context,
      verifier,
      issuer,
      discovery,
      summaryKeys: offline.keys,
      tls,
      isReady: async () => (await database.read({ text: 'SELECT 1' })).length === 1,
      limits: config,
      logger,
    });
    const drain = drainOnClose(app.server);
    const stopRenewal = tls && renewTls(app.server as unknown as TlsServer, config, () => logger.error('the TLS files cannot be used'));
    await deriveRules(door);
    await storePublished(door, context, definitions.published);
    const variant = config.processFile === undefined ? [] : [planProcess.definition];
    await storeOwnResources(door, context, [...definitions.own, ...variant, ...(demo ? demoOrganizations() : [])]);
    const tellViews = () => logger.error('no review could be asked for after views by urgent care');
    const viewing = setInterval(() => void openReviewsAfterViews(door, planProcess, tellViews).catch(tellViews), LOOK_MINUTES * 60_000);
    viewing.unref();
    return {
      app,
      demo,
      address,
      async close() {
        clearInterval(upkeep);
        clearInterval(comparing);
        clearInterval(viewing);
        stopRenewal?.();
        drain();
        await app.close();
        await thread.close();
        await audit.close();
        await sealing.stop();
        await database.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** What holds the FHIR base, made again when the base changes: it is known for certain only once the service listens. */
function perBase<T>(address: { base: string }, make: (fhirBase: string) => T): () => T {
  let made: { base: string; value: T } | undefined;
  return () => {
    if (made?.base !== address.base) made = { base: address.base, value: make(`${address.base}${FHIR_PATH}`) };
    return made.value;
  };
}
