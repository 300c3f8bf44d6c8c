// The domain as the door to the data calls it: keeps the plan, and gives the answer as texts ready to send.
import { writeJson } from '../fhir/json.js';
import { capacityOf } from './capacity.js';
import { emergencyCard } from './card.js';
import { personTasks } from './person-tasks.js';
import { keepRecord, withWrites } from './plan.js';
import { keepProcess } from './process/keep-process.js';
import type { Process } from './process/read-process.js';
import type { RecordKeeper } from './record.js';
import { documentIdOf, summaryDocument } from './summary.js';

/** `base` is the absolute address of the FHIR service, for the document's references; without a `process` it makes no Tasks of one. */
export function izpRecordKeeper(base: string, process?: Process): RecordKeeper {
  return {
    keep(record) {
      const { writes } = keepRecord(record);
      const steps = process ? keepProcess(withWrites(record, writes), process) : [];
      return [...writes, ...steps, ...personTasks(record)];
    },
    capacity: capacityOf,
    answer(record) {
      const answer = emergencyCard(record);
      if (answer === undefined) return undefined;
      const { card, shown, expiresAt } = answer;
      const document = summaryDocument(record, card, { base, documentId: documentIdOf(card) });
      return {
        version: card.version,
        card: writeJson(card),
        summary: writeJson(document),
        shown,
        ...(expiresAt !== undefined && { expiresAt }),
      };
    },
  };
}
