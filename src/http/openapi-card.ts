// JSON Schemas of the emergency card and the answer that there is none, for openapi.yaml. Nothing but these fields is ever sent.

type Schema = Record<string, unknown>;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const text = (description: string): Schema => ({ type: 'string', description });
const textOrNull = (description: string): Schema => ({ type: ['string', 'null'], description });
const list = (items: Schema, description?: string): Schema => ({ type: 'array', items, ...(description && { description }) });

/** An object with exactly these properties; those named in `optional` may be left out. */
function exactly(description: string, properties: Record<string, Schema>, optional: string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', description, required, properties, additionalProperties: false };
}

const ITEM = {
  status: {
    enum: ['recorded', 'unknown', 'not-asked', 'not-recorded', 'cannot-interpret'],
    description:
      'recorded: there is an answer. unknown: asked without an answer. not-asked: never asked. not-recorded: nothing here. cannot-interpret: there is something this service does not understand; look at the source. None of them is a "no".',
  },
  value: ref('CardCoded'),
  text: text('The answer in Dutch, always there.'),
  note: text('The source’s remark.'),
  date: textOrNull('As the source gives it: a Dutch civil date, or a date and time with its zone.'),
  agreedBy: list(ref('CardPerson'), 'Who agreed or said it.'),
  source: { oneOf: [ref('CardSource'), { type: 'null' }] },
};
const ITEM_OPTIONAL = ['value', 'note'];

const DECISION_KINDS = ['do', 'do-not', 'do-with-limits', 'unknown', 'not-recorded', 'cannot-interpret'];

export const CARD_SCHEMAS: Record<string, Schema> = {
  CardCoded: exactly(
    'A code with its words.',
    { system: text('Code system.'), code: text('Code.'), display: text('Words, in Dutch where known.') },
    ['system', 'code'],
  ),
  CardTreatment: exactly('A treatment.', {
    system: textOrNull('Code system; null for a treatment told in words alone.'),
    code: textOrNull('Code.'),
    display: text('Words, in Dutch where known.'),
  }),
  CardPerson: exactly(
    'A person or organisation.',
    {
      name: text('"Naam onbekend" where the source gives none.'),
      role: text('In Dutch: patiënt, huisarts, broer.'),
      organization: text('Where a professional works.'),
      kind: { enum: ['patient', 'related', 'professional', 'other'] },
    },
    ['role', 'organization'],
  ),
  CardPhone: exactly(
    'A telephone number as its source writes it.',
    { number: text('Number.'), use: text('In Dutch: thuis, werk, mobiel, tijdelijk.') },
    ['use'],
  ),
  CardSource: exactly('The resource that says it, and who recorded it.', {
    reference: text('`Type/id` below the FHIR base.'),
    organization: textOrNull('Name of the organisation that recorded it; null when unknown.'),
  }),
  CardItem: exactly('One answer with its date, people and source.', ITEM, ITEM_OPTIONAL),
  CardGoal: exactly(
    'The main goal of medical policy.',
    { ...ITEM, others: list(ref('CardItem'), 'Other current goals that say something else, newest first: none of them is chosen.') },
    [...ITEM_OPTIONAL, 'others'],
  ),
  CardCapacity: exactly(
    'Whether the patient can decide about treatment (wilsbekwaamheid).',
    {
      ...ITEM,
      capable: { type: 'boolean', description: 'Absent unless recorded.' },
      differs: text('What another place of the record says when it differs.'),
    },
    [...ITEM_OPTIONAL, 'capable', 'differs'],
  ),
  CardIcd: exactly(
    'The implanted defibrillator.',
    {
      ...ITEM,
      present: { type: 'boolean', description: 'True while it is in use.' },
      since: text('Since when, as the source gives it.'),
      switchOff: {
        enum: [...DECISION_KINDS, 'conflict'],
        description: 'The decision on switching it off, in short; all of it is in `decisions`.',
      },
    },
    [...ITEM_OPTIONAL, 'present', 'since', 'switchOff'],
  ),
  CardContact: exactly(
    'A contact person.',
    {
      status: { enum: ['recorded', 'not-recorded', 'cannot-interpret'] },
      name: text('Name.'),
      relationship: text('In Dutch: broer, wettelijk vertegenwoordiger.'),
      phones: list(ref('CardPhone')),
      emails: list({ type: 'string' }),
      source: { oneOf: [ref('CardSource'), { type: 'null' }] },
    },
    ['name', 'relationship', 'emails'],
  ),
  CardDecision: exactly(
    'What was decided about one treatment. Several decisions on one treatment are a conflict, newest first.',
    {
      treatment: ref('CardTreatment'),
      decision: {
        enum: DECISION_KINDS,
        description:
          'do-with-limits: only as `text` says. unknown: asked or not yet discussed. not-recorded never means "everything", nor "nothing". cannot-interpret: look at the source.',
      },
      text: textOrNull('Must be read with the decision. Dutch.'),
      date: textOrNull('When it was agreed, as the source gives it.'),
      agreedBy: list(ref('CardPerson')),
      source: { oneOf: [ref('CardSource'), { type: 'null' }], description: 'Null only when not recorded.' },
      superseded: { const: false, description: 'Superseded decisions are never shown.' },
      conflict: { type: 'boolean', description: 'True when another current source says something else.' },
      comment: text('The source’s remark.'),
      treatmentWords: text('The source’s own words for the treatment, where they say more than its code.'),
      alsoFrom: list(
        exactly(
          'Another source that says the same.',
          { date: textOrNull('When.'), source: ref('CardSource'), comment: text('Its remark.') },
          ['comment'],
        ),
      ),
      obstacles: list(
        {
          enum: [
            'unknown-modifier',
            'nested-provision',
            'narrowed-provision',
            'malformed-specification',
            'unknown-provision-type',
            'unclear-treatment',
            'unclear-period',
            'ended-without-date',
          ],
        },
        'Why the source cannot be interpreted.',
      ),
      advanceDirectives: list(ref('CardAdvanceDirective'), 'Wills about the same treatment, to be read with it.'),
    },
    ['comment', 'treatmentWords', 'alsoFrom', 'obstacles', 'advanceDirectives'],
  ),
  CardAdvanceDirective: exactly(
    'A written will (wilsverklaring): no decision on one treatment.',
    {
      type: ref('CardCoded'),
      interpretable: { type: 'boolean', description: 'False: there is such a document, and what it says here is not understood.' },
      text: textOrNull('Dutch.'),
      date: textOrNull('When it was written, as the source gives it.'),
      representative: ref('CardPerson'),
      source: ref('CardSource'),
    },
    ['representative'],
  ),
  CardScenario: exactly(
    'What to do if.',
    {
      event: text('What happens.'),
      recognisedBy: text('How it is recognised.'),
      relativesDo: text('What patient and relatives do.'),
      professionalsDo: text('What professionals do.'),
      date: textOrNull('When it was recorded, as the source gives it.'),
      agreedBy: list(ref('CardPerson'), 'Who asked for it.'),
      source: ref('CardSource'),
    },
    ['recognisedBy', 'relativesDo', 'professionalsDo'],
  ),
  EmergencyCard: exactly(
    'Everything agreed with this patient for the critical moment, computed when the record last changed.',
    {
      status: { const: 'found' },
      breakGlass: exactly('Seen without a permission, for a reason that was given: only in the answer to whoever broke the glass.', {
        until: { type: 'string', format: 'date-time', description: 'Until when the same user sees it.' },
      }),
      asOf: { type: 'string', format: 'date-time', description: 'Instant of the last change of the plan.' },
      version: text('Version and identity of the whole plan, as in the ETag.'),
      patient: exactly(
        'Who it is.',
        {
          name: text('Full name.'),
          birthDate: textOrNull('Dutch civil date; may be only a year or month.'),
          gender: text('In Dutch: man, vrouw, anders, onbekend.'),
          deceased: text('Date of death, or "ja" when only that is known.'),
        },
        ['gender', 'deceased'],
      ),
      warnings: list(
        exactly('What nobody may miss.', {
          code: {
            enum: [
              'conflict',
              'contradiction',
              'resuscitation-will-differs',
              'patient-not-interpretable',
              'deceased',
              'other-record',
              'several-representatives',
              'form-not-processed',
            ],
          },
          text: text('Dutch.'),
        }),
      ),
      decisions: {
        ...list(
          ref('CardDecision'),
          'In reading order. The six core treatments are always there, recorded or not; then ICD switch-off, then others.',
        ),
        minItems: 6,
      },
      advanceDirectives: list(ref('CardAdvanceDirective')),
      goal: ref('CardGoal'),
      preferredPlaceOfDeath: ref('CardItem'),
      capacity: ref('CardCapacity'),
      representative: ref('CardContact'),
      firstContact: ref('CardContact'),
      contacts: list(ref('CardContact'), 'Everyone, those two included.'),
      icd: ref('CardIcd'),
      wishes: ref('CardItem'),
      otherInformation: ref('CardItem'),
      euthanasia: ref('CardItem'),
      organDonation: ref('CardItem'),
      informRelatives: ref('CardItem'),
      scenarios: list(ref('CardScenario')),
      palliativeKit: ref('CardItem'),
      careTeam: exactly('Who cares for the patient.', {
        members: list(
          exactly(
            'A member with telephone numbers.',
            {
              name: text('Name.'),
              role: text('In the team, in Dutch.'),
              organization: text('Where a professional works.'),
              kind: { enum: ['patient', 'related', 'professional', 'other'] },
              phones: list(ref('CardPhone')),
            },
            ['role', 'organization'],
          ),
        ),
        phonesDayAndNight: list(ref('CardPhone'), 'Answered 24 hours a day.'),
      }),
      plan: exactly('The plan behind it.', {
        reference: text('`CarePlan/id` below the FHIR base.'),
        reviewDue: textOrNull('Dutch civil date by which it is to be reviewed.'),
        start: textOrNull('Date of the first conversation.'),
      }),
      freshness: exactly('How fresh it is, counted when it is told. An old wish is never left out.', {
        agreedOn: textOrNull('When the newest decision, will or conversation was, as its source gives it.'),
        agreedAgo: textOrNull('The same from now, in Dutch: 14 maanden geleden.'),
        reviewDue: textOrNull('Dutch civil date by which it is to be reviewed.'),
        reviewOverdue: textOrNull('How long that is past, in Dutch: 8 maanden. Null when it is not.'),
        text: text('Both as a sentence, in Dutch.'),
      }),
    },
    ['breakGlass'],
  ),
  NoneAvailable: exactly(
    'Nothing is available to this caller: no such patient, no plan, or not shared. Which of them is deliberately not told. It never means full treatment.',
    {
      status: { const: 'none-available' },
      asOf: { type: 'string', format: 'date-time', description: 'Instant of this answer.' },
      version: { type: 'null' },
    },
  ),
};
