// The marking of the palliative phase as a Flag (IzpMarking): made, changed, ended. Pure.
import type { Extension, Flag } from '@medplum/fhirtypes';
import { URA_SYSTEM } from '../fhir/identity.js';
import * as izp from './izp-codes.js';

export interface Marking {
  instrument: string;
  answers: string[];
  /** Dutch civil date. */
  date: string;
  /** Who marked, in words, and their organisation. */
  by: string;
  ura?: string;
  readyToTalk?: boolean;
  urgency?: string;
}

export const INSTRUMENTS = ['surprise-question', 'double-surprise-question', 'spict', 'radpac', 'clinical-judgement'] as const;
export const ANSWERS = [
  'not-surprised-by-death',
  'surprised-by-death',
  'surprised-by-survival',
  'not-surprised-by-survival',
  'indicators-present',
  'indicators-absent',
  'undecided',
] as const;
export const COLOURS = ['red', 'orange', 'yellow', 'green'] as const;

const UNMARK_REASON = `${izp.IZP_BASE}/StructureDefinition/izp-unmark-reason`;
const OWN: ReadonlySet<string> = new Set([izp.IZP_MARKING_ASSESSMENT, izp.IZP_URGENCY_COLOUR, izp.IZP_READY_TO_TALK]);

const concept = (system: string, code: string) => ({ coding: [{ system, code }] });

/** The active marking of a patient with what was found now; a marking stays marked since its first day. What is not said again stays. */
export function marked(patientId: string, known: Flag | undefined, { date, by, ura, ...found }: Marking): Flag {
  const before = (url: string) => known?.extension?.filter((extension) => extension.url === url) ?? [];
  const extension: Extension[] = [
    ...(known?.extension ?? []).filter(({ url }) => !OWN.has(url as string)),
    {
      url: izp.IZP_MARKING_ASSESSMENT,
      extension: [
        { url: 'instrument', valueCodeableConcept: concept(izp.IZP_MARKING_INSTRUMENT, found.instrument) },
        ...found.answers.map((answer) => ({ url: 'answer', valueCodeableConcept: concept(izp.IZP_MARKING_ANSWER, answer) })),
      ],
    },
    ...(found.urgency === undefined
      ? before(izp.IZP_URGENCY_COLOUR)
      : [{ url: izp.IZP_URGENCY_COLOUR, valueCodeableConcept: concept(izp.IZP_URGENCY, found.urgency) }]),
    ...(found.readyToTalk === undefined
      ? before(izp.IZP_READY_TO_TALK)
      : [{ url: izp.IZP_READY_TO_TALK, valueBoolean: found.readyToTalk }]),
  ];
  const since = known?.period?.start;
  return {
    ...known,
    resourceType: 'Flag',
    meta: { ...known?.meta, profile: [...new Set([...(known?.meta?.profile ?? []), izp.IZP_MARKING_PROFILE])] },
    status: 'active',
    code: concept(izp.IZP_MARKING_CODE, 'palliative-phase'),
    subject: { reference: `Patient/${patientId}` },
    period: { start: since !== undefined && since < date ? since : date },
    author: { ...(ura !== undefined && { type: 'Organization', identifier: { system: URA_SYSTEM, value: ura } }), display: by },
    extension,
  };
}

/** The marking ended on a day, for a reason. */
export function unmarked(known: Flag, end: string, reason: string): Flag {
  const extension = [...(known.extension ?? []).filter(({ url }) => url !== UNMARK_REASON), { url: UNMARK_REASON, valueString: reason }];
  return { ...known, status: 'inactive', period: { ...known.period, end }, extension };
}
