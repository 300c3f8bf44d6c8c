// Every scenario, in the order in which they are measured: those that change data last.
import type { Scenario } from './scenario.js';
import { issue, rules, verification } from './scenarios/access.js';
import { card, cardWhenBusy, summary } from './scenarios/emergency.js';
import { mixed, mixedImport } from './scenarios/mixed-day.js';
import { everything, pull, queries, read, unchanged } from './scenarios/reading.js';
import { crud, form, post } from './scenarios/writing.js';

export const SCENARIOS: readonly Scenario[] = [
  card,
  summary,
  cardWhenBusy,
  read,
  unchanged,
  ...queries,
  pull,
  everything,
  issue,
  verification,
  ...rules,
  post,
  form,
  crud,
  mixed,
  mixedImport,
];
