// What the benchmark's command line may say.
import { parseArgs } from 'node:util';

export interface Options {
  /** Patients generated before anything is measured. */
  patients: number;
  /** Each round measures floor, then service. */
  rounds: number;
  /** Length of one measurement. */
  seconds: number;
  /** Connections of the load client, each with one request under way. */
  clients: number;
  /** Every scenario, and the emergency answers at 1, 16, 64 and 200 clients. */
  full: boolean;
  /** Names of the scenarios to run; all of the short or of the full run when empty. */
  only: string[];
  /** Minutes of load at the end, with the memory read every half minute; none when 0. */
  memoryMinutes: number;
  /** Shows the plans of the service's statements instead of measuring. */
  explain: boolean;
  /** Directory that the generator filled before; a fresh one when absent. */
  dataDir?: string;
  /** File for the figures as JSON. */
  json?: string;
  /** Puts the figures in the place of the committed ones. */
  saveBaseline: boolean;
  /** Directory for a CPU profile of the service. */
  profile?: string;
}

const USAGE = `Usage: npm run bench -- [--full] [--million] [--patients 1000] [--rounds 2] [--seconds 1.5] [--clients 32] [--only card,read]
  [--memory-minutes 0] [--explain] [--data-dir directory] [--json file] [--save-baseline] [--profile directory]
--full measures every scenario over 10,000 patients, --million over 1,000,000 (some 150 GB, made by npm run generate).
--data-dir takes a directory that npm run generate filled; otherwise the bench fills one of its own and removes it.`;

const SHORT = { patients: 1_000, rounds: 2, seconds: 1.5 };
const FULL = { patients: 10_000, rounds: 5, seconds: 3 };
const MILLION = 1_000_000;

/** Throws an Error with the usage when the arguments cannot be read. */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const no = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    options: {
      full: no,
      million: no,
      explain: no,
      'save-baseline': no,
      help: no,
      patients: text,
      rounds: text,
      seconds: text,
      clients: { ...text, default: '32' },
      'memory-minutes': { ...text, default: '0' },
      only: { ...text, default: '' },
      'data-dir': text,
      json: text,
      profile: text,
    },
  });
  if (values.help) throw new Error(USAGE);
  const full = values.full || values.million;
  const usual = { ...(full ? FULL : SHORT), ...(values.million && { patients: MILLION }) };
  const number = (name: 'patients' | 'rounds' | 'seconds' | 'clients' | 'memory-minutes', byDefault: number, least = 0.1): number => {
    const value = Number(values[name] ?? byDefault);
    if (!(value >= least)) throw new Error(`--${name} takes a number, at least ${least}.\n${USAGE}`);
    return value;
  };
  return {
    patients: number('patients', usual.patients, 1),
    rounds: number('rounds', usual.rounds, 1),
    seconds: number('seconds', usual.seconds),
    clients: number('clients', 32, 1),
    memoryMinutes: number('memory-minutes', 0, 0),
    full,
    explain: values.explain,
    only: values.only.split(',').filter((name) => name !== ''),
    dataDir: values['data-dir'],
    json: values.json,
    saveBaseline: values['save-baseline'],
    profile: values.profile,
  };
}
