// Who may, as SQL inside every query: the same rules as `decide`, over the table they are kept in.
import type { Principal } from '../auth/principal.js';
import type { Bind, Visibility } from '../store/visibility.js';
import { type AccessSettings, type Looking, OPEN_TYPES, type RuledStanding, type Standing, standingOf } from './standing.js';

/** Values bound once per statement, however many aliases ask for them. */
type Bound = Record<'parties' | 'grounds' | 'purposes' | 'now' | 'ura' | 'patient' | 'open' | 'granted', () => string>;

export interface Restriction {
  principal: Principal;
  settings: AccessSettings;
  /** Epoch milliseconds. */
  now(): number;
  /** Patients whom the national register opened for this request. */
  granted?: ReadonlySet<string>;
}

export function restrict({ principal, settings, now, granted = new Set() }: Restriction): Visibility {
  const memo = new WeakMap<Bind, Map<string, string>>();
  const boundBy = (bind: Bind, standing: Standing): Bound => {
    const known = memo.get(bind) ?? new Map<string, string>();
    memo.set(bind, known);
    const once = (name: string, cast: string, value: () => unknown) => () => {
      const key = `${name} ${JSON.stringify(standing)}`;
      const placeholder = known.get(key) ?? `${bind(value())}${cast}`;
      known.set(key, placeholder);
      return placeholder;
    };
    const ruled = standing as RuledStanding;
    return {
      parties: once('parties', '::text[]', () => ruled.parties),
      grounds: once('grounds', '::text[]', () => ruled.grounds),
      purposes: once('purposes', '::text[]', () => ruled.purposes),
      now: once('now', '::timestamptz', () => new Date(now()).toISOString()),
      ura: once('ura', '::text', () => principal.organizationUra),
      patient: once('patient', '::text', () => principal.patientId),
      open: once('open', '::text[]', () => OPEN_TYPES),
      granted: once('granted', '::text[]', () => [...granted]),
    };
  };
  const standing = (looking: Looking) => standingOf(principal, looking, settings);
  return {
    told(alias, bind) {
      const caller = standing('rows');
      if (caller.kind === 'all') return `'permit service '`;
      const bound = boundBy(bind, caller);
      const own =
        caller.kind === 'ruled' && principal.organizationUra !== undefined
          ? ` WHEN ${alias}.author_ura = ${bound.ura()} THEN 'permit author '`
          : '';
      const nobodys = `CASE WHEN ${alias}.type = ANY (${bound.open()}) THEN 'permit open '${own} END`;
      const record = recordSql(caller, `${alias}.patient_id`, bound, granted.size > 0);
      return `CASE WHEN ${alias}.patient_id IS NULL THEN ${nobodys} ELSE ${record} END`;
    },
    answer(patient, bind) {
      const caller = standing('answer');
      if (caller.kind === 'all') return `'permit service '`;
      return recordSql(caller, patient, boundBy(bind, caller), granted.size > 0);
    },
  };
}

/** Text: effect, ground and source of the first rule, in that order with a space between; null where none speaks. */
function recordSql(caller: Exclude<Standing, { kind: 'all' }>, patient: string, bound: Bound, isGranted: boolean): string {
  if (caller.kind === 'none') return 'NULL::text';
  if (caller.kind === 'patient') return `CASE WHEN ${patient} = ${bound.patient()} THEN 'permit patient ' END`;
  const first = `(SELECT a.effect || ' ' || a.ground || ' ' || a.source FROM patient_access a
      WHERE a.patient_id = ${patient} AND a.party = ANY (${bound.parties()}) AND (a.effect = 'deny' OR a.ground = ANY (${bound.grounds()}))
        AND (a.purposes IS NULL OR a.purposes && ${bound.purposes()}) AND a.valid_from <= ${bound.now()} AND a.valid_until > ${bound.now()}
      ORDER BY a.specificity DESC, CASE WHEN a.purposes IS NULL THEN 0 WHEN (${bound.purposes()})[1] = ANY (a.purposes) THEN 2 ELSE 1 END DESC,
               a.effect, a.ground COLLATE "C", a.source COLLATE "C" LIMIT 1)`;
  const told = isGranted ? `coalesce(${first}, CASE WHEN ${patient} = ANY (${bound.granted()}) THEN 'permit register ' END)` : first;
  return caller.patientId === undefined ? told : `CASE WHEN ${patient} = ${bound.patient()} THEN ${told} END`;
}
