// Purposes of use a token may carry.
// https://terminology.hl7.org/CodeSystem-v3-ActReason.html

/** Treatment, urgent treatment, at the patient's own request, quality improvement, running the system. */
export const PURPOSES = ['TREAT', 'ETREAT', 'PATRQT', 'HQUALIMP', 'HSYSADMIN'] as const;

export type Purpose = (typeof PURPOSES)[number];

export function isPurpose(text: string): text is Purpose {
  return (PURPOSES as readonly string[]).includes(text);
}
