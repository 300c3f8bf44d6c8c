// What the benchmark's command line may say.
import { parseArgs } from 'node:util';

export interface Options {
  /** Patients in the database besides those the posting scenario adds. */
  patients: number;
  /** Each round measures floor, then service. */
  rounds: number;
  /** Length of one measurement. */
  seconds: number;
  /** Connections of the load client, each with one request under way. */
  clients: number;
  /** Names of the scenarios to run; all when empty. */
  only: string[];
  /** File for the figures as JSON. */
  json?: string;
  /** Directory for a CPU profile of the service. */
  profile?: string;
}

const USAGE = `Usage: npm run bench -- [--patients 2000] [--rounds 5] [--seconds 2] [--clients 32] [--only card,read] [--json file] [--profile directory]`;

/** Throws an Error with the usage when the arguments cannot be read. */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      patients: { ...text, default: '2000' },
      rounds: { ...text, default: '5' },
      seconds: { ...text, default: '2' },
      clients: { ...text, default: '32' },
      only: { ...text, default: '' },
      json: text,
      profile: text,
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) throw new Error(USAGE);
  const number = (name: 'patients' | 'rounds' | 'seconds' | 'clients'): number => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} takes a number above zero.\n${USAGE}`);
    return value;
  };
  return {
    patients: number('patients'),
    rounds: number('rounds'),
    seconds: number('seconds'),
    clients: number('clients'),
    only: values.only.split(',').filter((name) => name !== ''),
    json: values.json,
    profile: values.profile,
  };
}
