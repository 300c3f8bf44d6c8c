// Whether the patient can decide about treatment, as a question with one answer: on it rests who may decide in the patient's place.
import { capacityItem } from './card-items.js';
import { peopleOf } from './people.js';
import type { Capacity, PatientRecord } from './record.js';

/** The newest word counts. Where another source's last word is another, nobody acts in the patient's place on it: 'disputed'. */
export function capacityOf(record: PatientRecord): Capacity {
  const { capable, differs } = capacityItem(record, peopleOf(record));
  if (capable !== false) return 'not-absent';
  return differs === undefined ? 'absent' : 'disputed';
}
