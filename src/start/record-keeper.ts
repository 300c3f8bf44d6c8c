// Puts the domain behind the door: after every change the plan is kept and the critical answer written anew.
import type { Answer, PatientRecord, RecordKeeper } from '../access/record.js';
import { emergencyCard } from '../izp/card.js';
import { keepRecord } from '../izp/plan.js';
import { summaryDocument } from '../izp/summary.js';

export const recordKeeper: RecordKeeper = {
  keep: (record: PatientRecord) => keepRecord(record).writes,
  answer(record: PatientRecord): Answer | undefined {
    const made = emergencyCard(record);
    if (!made) return undefined;
    return {
      version: made.card.version,
      card: JSON.stringify(made.card),
      summary: JSON.stringify(summaryDocument(record, made.card)),
      expiresAt: made.expiresAt,
      shown: made.shown,
    };
  },
};
