// The task that tells the keeper of a record that urgent care saw its summary without a permission.
import type { Task } from '@medplum/fhirtypes';
import { URA_SYSTEM } from '../fhir/identity.js';
import { IZP_TASK_SYSTEM } from './izp-codes.js';

export interface BrokenGlass {
  patientId: string;
  /** Of the task. */
  id: string;
  opened: Date;
  by: { organizationUra?: string; organizationName?: string };
}

/** What the user wrote stands in the patient's log, not here. */
export function glassTask({ patientId, id, opened, by }: BrokenGlass): Task & { id: string } {
  return {
    resourceType: 'Task',
    id,
    status: 'requested',
    intent: 'order',
    priority: 'urgent',
    code: {
      coding: [{ system: IZP_TASK_SYSTEM, code: 'review-break-glass' }],
      text: 'Spoedinzage zonder toestemming nagaan',
    },
    description: `${by.organizationName ?? 'Een zorgaanbieder'} heeft in een noodsituatie de samenvatting ingezien zonder toestemming. Bespreek dit met de patiënt; de reden staat in het inzageoverzicht.`,
    for: { reference: `Patient/${patientId}` },
    authoredOn: opened.toISOString(),
    ...(by.organizationUra === undefined
      ? {}
      : { requester: { identifier: { system: URA_SYSTEM, value: by.organizationUra }, display: by.organizationName } }),
  };
}
