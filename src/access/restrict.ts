// Who may, as SQL inside every query: the same rules as `decide`, over the table they are kept in.
import type { Principal } from '../auth/principal.js';
import type { Bind, Statement, Visibility } from '../store/visibility.js';
import { type AccessSettings, type Looking, OPEN_TYPES, type RuledStanding, type Standing, standingOf } from './standing.js';

/** What the rule binds: once per statement, however many aliases ask for it. */
type Slot = 'parties' | 'grounds' | 'purposes' | 'now' | 'ura' | 'patient' | 'open' | 'granted';

const CASTS: Record<Slot, string> = {
  parties: '::text[]',
  grounds: '::text[]',
  purposes: '::text[]',
  now: '::timestamptz',
  ura: '::text',
  patient: '::text',
  open: '::text[]',
  granted: '::text[]',
};

type Bound = (slot: Slot) => string;

export interface Restriction {
  principal: Principal;
  settings: AccessSettings;
  /** Epoch milliseconds. */
  now(): number;
  /** Patients whom the national register opened for this request. */
  granted?: ReadonlySet<string>;
}

/** A statement's text with the places of what the rule binds, in the order in which they follow the statement's own values. */
interface Template {
  text: string;
  places: readonly { looking: Looking; slot: Slot }[];
}

/** By kind of caller and name of the statement: both are few, and neither is a caller's to choose. */
const templates = new Map<string, Template>();

const NONE: ReadonlySet<string> = new Set();

export function restrict({ principal, settings, now, granted = NONE }: Restriction): Visibility {
  const caller = callerOf(principal, settings);
  const boundValue = (looking: Looking, slot: Slot): unknown => {
    if (slot === 'now') return new Date(now()).toISOString();
    return slot === 'granted' ? textArray([...granted]) : caller[looking].values[slot];
  };
  const rule = (value: (looking: Looking, slot: Slot) => unknown): Omit<Visibility, 'kept'> => {
    const memo = new WeakMap<Bind, Map<string, string>>();
    const boundBy = (bind: Bind, looking: Looking): Bound => {
      const known = memo.get(bind) ?? new Map<string, string>();
      memo.set(bind, known);
      return (slot) => {
        const key = `${looking} ${slot}`;
        const placeholder = known.get(key) ?? `${bind(value(looking, slot))}${CASTS[slot]}`;
        known.set(key, placeholder);
        return placeholder;
      };
    };
    return {
      told(alias, bind) {
        const { standing } = caller.rows;
        if (standing.kind === 'all') return `'permit service '`;
        const bound = boundBy(bind, 'rows');
        const own =
          standing.kind === 'ruled' && principal.organizationUra !== undefined
            ? ` WHEN ${alias}.author_ura = ${bound('ura')} THEN 'permit author '`
            : '';
        const nobodys = `CASE WHEN ${alias}.type = ANY (${bound('open')}) THEN 'permit open '${own} END`;
        const record = recordSql(standing, `${alias}.patient_id`, bound, granted.size > 0);
        return `CASE WHEN ${alias}.patient_id IS NULL THEN ${nobodys} ELSE ${record} END`;
      },
      // A record is open as a whole or not at all: `told` asks no more of a row in one than its patient.
      toldOfRecord(patient, bind) {
        const { standing } = caller.rows;
        if (standing.kind === 'all') return `'permit service '`;
        return recordSql(standing, patient, boundBy(bind, 'rows'), granted.size > 0);
      },
      answer(patient, bind) {
        const { standing } = caller.answer;
        if (standing.kind === 'all') return `'permit service '`;
        return recordSql(standing, patient, boundBy(bind, 'answer'), granted.size > 0);
      },
    };
  };
  return {
    ...rule(boundValue),
    kept(name, own, make): Statement {
      const key = `${name}:${caller.kind}${granted.size > 0 ? ' granted' : ''}`;
      let template = templates.get(key);
      if (!template) {
        const places: Template['places'][number][] = [];
        // What the rule binds is its place, for as long as the text is made.
        const bind: Bind = (place) => `$${own.length + places.push(place as Template['places'][number])}`;
        template = {
          text: make(
            rule((looking, slot) => ({ looking, slot })),
            bind,
          ),
          places,
        };
        templates.set(key, template);
      }
      const values = [...own];
      for (const { looking, slot } of template.places) values.push(boundValue(looking, slot));
      return { text: template.text, values };
    },
  };
}

interface Caller {
  rows: Stand;
  answer: Stand;
  /** All that the texts of the rule depend on, besides patients whom the register opened. */
  kind: string;
}

interface Stand {
  standing: Standing;
  values: Partial<Record<Slot, unknown>>;
}

/** What was worked out for principals that cannot change: those of a token share one. */
const callers = new WeakMap<Principal, { settings: AccessSettings; caller: Caller }>();

function callerOf(principal: Principal, settings: AccessSettings): Caller {
  const known = callers.get(principal);
  if (known && known.settings === settings) return known.caller;
  const [rows, answer] = [standOf(principal, 'rows', settings), standOf(principal, 'answer', settings)];
  const caller = { rows, answer, kind: `${kindOf(rows)} ${kindOf(answer)} ${principal.organizationUra !== undefined}` };
  if (Object.isFrozen(principal)) callers.set(principal, { settings, caller });
  return caller;
}

function standOf(principal: Principal, looking: Looking, settings: AccessSettings): Stand {
  const standing = standingOf(principal, looking, settings);
  const { parties = [], grounds = [], purposes = [] } = standing as Partial<RuledStanding>;
  return {
    standing,
    values: {
      parties: textArray(parties),
      grounds: textArray(grounds),
      purposes: textArray(purposes),
      ura: principal.organizationUra,
      patient: principal.patientId,
      open: OPEN,
    },
  };
}

function kindOf({ standing }: Stand): string {
  return standing.kind === 'ruled' && standing.patientId !== undefined ? 'ruled-person' : standing.kind;
}

/** An array as PostgreSQL reads it from text. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function textArray(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

const OPEN = textArray(OPEN_TYPES);

/** Text: effect, ground and source of the first rule, in that order with a space between; null where none speaks. */
function recordSql(caller: Exclude<Standing, { kind: 'all' }>, patient: string, bound: Bound, isGranted: boolean): string {
  if (caller.kind === 'none') return 'NULL::text';
  if (caller.kind === 'patient') return `CASE WHEN ${patient} = ${bound('patient')} THEN 'permit patient ' END`;
  const first = `(SELECT a.effect || ' ' || a.ground || ' ' || a.source FROM patient_access a
      WHERE a.patient_id = ${patient} AND a.party = ANY (${bound('parties')}) AND (a.effect = 'deny' OR a.ground = ANY (${bound('grounds')}))
        AND (a.purposes IS NULL OR a.purposes && ${bound('purposes')}) AND a.valid_from <= ${bound('now')} AND a.valid_until > ${bound('now')}
      ORDER BY a.specificity DESC, CASE WHEN a.purposes IS NULL THEN 0 WHEN (${bound('purposes')})[1] = ANY (a.purposes) THEN 2 ELSE 1 END DESC,
               a.effect, a.ground COLLATE "C", a.source COLLATE "C" LIMIT 1)`;
  const told = isGranted ? `coalesce(${first}, CASE WHEN ${patient} = ANY (${bound('granted')}) THEN 'permit register ' END)` : first;
  return caller.patientId === undefined ? told : `CASE WHEN ${patient} = ${bound('patient')} THEN ${told} END`;
}
