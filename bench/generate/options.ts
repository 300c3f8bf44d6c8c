// What the generator's command line may say.
import { parseArgs } from 'node:util';
import type { Generation } from './generate.js';
import { MOST_PATIENTS } from './patient-values.js';

export interface Options extends Generation {
  /** A database that is there, owned by the role that connects; otherwise the embedded one in `dataDir`. */
  databaseUrl?: string;
  dataDir: string;
}

export const USAGE = `Usage: npm run generate -- --patients N [--seed 1] [--data-dir ./data-generated | --database-url postgres://…] [--kinds 400] [--demo-share 0.02] [--base-url http://127.0.0.1:8080] [--packages $FHIR_PACKAGES_DIR]
Fills a database that holds no records with made-up plans. BSNs are from 910000000 to 998999999 and pass the eleven check.
The same numbers give the same data. Start the service on it with DATA_DIR, or with DATABASE_URL and demo clients of your own.`;

/** Throws an Error with the usage when the arguments cannot be read. */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      patients: text,
      seed: { ...text, default: '1' },
      kinds: text,
      'demo-share': { ...text, default: '0.02' },
      'base-url': { ...text, default: 'http://127.0.0.1:8080' },
      'database-url': text,
      'data-dir': { ...text, default: 'data-generated' },
      packages: text,
      help: { type: 'boolean', default: false },
    },
  });
  const patients = Number(values.patients);
  const seed = Number(values.seed);
  const kinds = Number(values.kinds ?? kindsFor(patients));
  if (values.help || !Number.isInteger(patients) || patients < 1 || patients > MOST_PATIENTS) throw new Error(USAGE);
  const demoShare = Number(values['demo-share']);
  if (!(demoShare >= 0 && demoShare <= 1)) throw new Error(USAGE);
  if (!Number.isInteger(seed) || !Number.isInteger(kinds) || kinds < 1) throw new Error(USAGE);
  return {
    patients,
    seed,
    kinds,
    demoShare,
    baseUrl: values['base-url'],
    packagesDir: values.packages ?? process.env.FHIR_PACKAGES_DIR,
    databaseUrl: values['database-url'],
    dataDir: values['data-dir'],
  };
}

/** A few hundred kinds of plans for a country, fewer for a handful of patients: each takes the service's own time to make. */
const MOST_KINDS = 400;

export function kindsFor(patients: number): number {
  return Math.min(MOST_KINDS, Math.max(1, Math.ceil(patients / 5)));
}
