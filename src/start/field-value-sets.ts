// Value sets the national queries name, as the standard publishes them: known without any package, since query 4 and 6 must
// always be answered. A loaded package's value set of the same name goes before these.
import type { ValueSetCoding } from '../interactions/context.js';

const SNOMED = 'http://snomed.info/sct';

const snomed = (...codes: string[]): ValueSetCoding[] => codes.map((code) => ({ system: SNOMED, code }));

/** By canonical url on the first of the standard's hosts. */
export const FIELD_VALUE_SETS: Readonly<Record<string, ValueSetCoding[]>> = {
  'https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalPolicyGoal': snomed('385987000', '1351964001', '713148004'),
  'https://fhir.iknl.nl/fhir/ValueSet/ACP-MedicalDeviceProductType-ICD': snomed(
    '72506001',
    '465460004',
    '468542000',
    '704707009',
    '1263462004',
    '1236894001',
  ),
};
