// What is asked seldom, and must not read a table whole for it: versions, histories, a whole record, who looked.
import { httpRequest } from '../http-request.js';
import { expect, type Scenario } from '../scenario.js';

export const history: Scenario = {
  name: 'history',
  title: 'versions, histories, the whole record, searches across patients',
  once: false,
  async requests({ keys, token }) {
    const bearer = await token('gp');
    return keys.gp
      .slice(0, 3)
      .flatMap(({ id, plan }) =>
        [
          `CarePlan/${plan}/_history`,
          `CarePlan/${plan}/_history/1`,
          `Patient/${id}/_history`,
          `Patient/${id}/$export-record?history=true`,
          `Patient/${id}/$acp-summary`,
          'Flag?status=active&_count=10',
          'Consent?_lastUpdated=gt2026-01-01&_count=10',
          'Observation/_history?_count=10',
        ].map((path) => ({ text: httpRequest('GET', `/fhir/R4/${path}`, bearer), status: 200 })),
      );
  },
  check: (body) => expect(body !== '', 'an empty answer'),
};
