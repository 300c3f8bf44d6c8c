// Which patient a search asks about, read from its filters.
// https://hl7.org/fhir/R4/compartmentdefinition-patient.html
import { namesCompartment } from './parameters.js';
import type { SearchQuery } from './query-nodes.js';

/**
 * The id of the one patient a query asks about, when its patient (or subject) parameter decides the compartment of every match;
 * undefined when it names none, several, or may match across patients.
 */
export function compartmentOf(query: SearchQuery): string | undefined {
  const ids = new Set<string>();
  for (const filter of query.filters) {
    const [only, ...others] = filter.kind === 'members' || filter.kind === 'id' ? filter.anyOf : [];
    if (only === undefined || others.length > 0) continue;
    if (filter.kind === 'id' && !filter.negated && query.type === 'Patient') ids.add(only);
    if (filter.kind === 'members' && !filter.negated && namesCompartment(query.type, filter.key) && only.startsWith('Patient/')) {
      ids.add(only.slice('Patient/'.length));
    }
  }
  return ids.size === 1 ? [...ids][0] : undefined;
}
