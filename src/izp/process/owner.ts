// Who does a step: the member of the care team in its role, else the central care provider, else who marked, else who recorded.
import type { CareTeam, CodeableConcept, Flag, Reference } from '@medplum/fhirtypes';
import { URA_SYSTEM } from '../../fhir/identity.js';
import { codingsOf, hasCode } from '../concepts.js';
import { IZP_CARE_TEAM_ROLE } from '../izp-codes.js';
import { newestEntryFirst } from '../moments.js';
import { isRunning } from '../people.js';
import { rootPlan } from '../plan.js';
import type { PatientRecord, RecordEntry } from '../record.js';
import { CENTRAL_CARE_PROVIDER } from './process-codes.js';

/** The owner of a Task in a role; undefined when nobody is known. `marking` is the one that began the course. */
export function ownerOf(role: CodeableConcept | undefined, record: PatientRecord, marking: RecordEntry | undefined): Reference | undefined {
  const wanted = codingsOf(role).filter(({ system, code }) => system !== undefined && code !== undefined) as {
    system: string;
    code: string;
  }[];
  const central = { system: IZP_CARE_TEAM_ROLE, code: CENTRAL_CARE_PROVIDER };
  for (const { system, code } of [...wanted, central]) {
    const member = memberAs(system, code, record);
    if (member) return member;
  }
  const author = (marking?.resource as Flag | undefined)?.author;
  if (author && isFindable(author)) return named(author);
  const recorded = marking?.author ?? rootPlan(record)?.author ?? record.entries.find((entry) => entry.author)?.author;
  return recorded && { type: 'Organization', identifier: { system: URA_SYSTEM, value: recorded.ura }, display: recorded.name };
}

function memberAs(system: string, code: string, record: PatientRecord): Reference | undefined {
  const teams = record.entries
    .filter(({ resource }) => resource.resourceType === 'CareTeam' && resource.status === 'active')
    .sort(newestEntryFirst);
  const members = teams.flatMap(({ resource }) => (resource as CareTeam).participant ?? []);
  const found = members.find(
    ({ role, member, period }) =>
      member && hasCode(role, system, code) && isRunning(period, record.now) && isFindable(member) && !isPatient(member),
  );
  return found?.member && named(found.member);
}

/** By what a search for the owner can name; a part of another resource is not there for a Task. */
function isFindable({ reference, identifier }: Reference): boolean {
  return (reference !== undefined && !reference.startsWith('#')) || identifier?.value !== undefined;
}

function isPatient({ reference, type }: Reference): boolean {
  return type === 'Patient' || reference?.startsWith('Patient/') === true;
}

function named({ reference, type, identifier, display }: Reference): Reference {
  return {
    ...(reference !== undefined && !reference.startsWith('#') && { reference }),
    ...(type !== undefined && { type }),
    ...(identifier && { identifier }),
    ...(display !== undefined && { display }),
  };
}
