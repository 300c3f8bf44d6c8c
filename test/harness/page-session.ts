// Somebody signed in at the pages, for tests that are not about signing in: the session is opened as the service itself opens it.
import { createClientStatusLookup } from '../../src/auth/client-status.js';
import { DEMO_CLIENTS, DEMO_PORTAL } from '../../src/auth/demo-clients.js';
import { createPageSessions, type SignedInPerson } from '../../src/auth/page-sessions.js';
import { FORM_TOKEN, SESSION_COOKIE } from '../../src/http/sign-in/form-names.js';
import type { Ask, TestService } from './service.js';

/** How to ask a page of this service as that caller (see Ask.as); `form` is what their form holds besides. */
export async function askPageAs(service: TestService, as: string, form?: Record<string, string>): Promise<Ask> {
  const { pool } = service.database;
  const terms = { issuer: () => service.address.base };
  const sessions = createPageSessions({ db: pool, clock: Date.now, clientStatus: createClientStatusLookup(pool, Date.now), terms });
  const cookie = await sessions.open({ issuer: service.address.base, subject: as, person: personOf(as) });
  const token = (await sessions.find(cookie))?.formToken as string;
  return {
    as: null,
    stay: true,
    headers: { cookie: `${SESSION_COOKIE}=${cookie}`, origin: service.address.base, accept: 'text/html' },
    ...(form && { form: { ...form, [FORM_TOKEN]: token } }),
  };
}

function personOf(as: string): SignedInPerson {
  const [kind, patientId, personId] = as.split(':') as [string, string?, string?];
  if (kind === 'user') return { ...personOf(patientId as string), userId: personId as string };
  if (patientId !== undefined) {
    const fhirUser = personId === undefined ? `Patient/${patientId}` : `RelatedPerson/${personId}`;
    return { clientId: DEMO_PORTAL, userId: fhirUser, patientId, fhirUser, scopes: [] };
  }
  const { organisation } = DEMO_CLIENTS[kind] as (typeof DEMO_CLIENTS)[string];
  return {
    clientId: kind,
    organizationUra: organisation.ura,
    organizationName: organisation.name,
    organizationType: organisation.type,
    userId: `demo-${kind}`,
    scopes: [],
  };
}
