// What people say in conversations: the free text of made-up plans. Nobody's words.

export const LIMITS: Readonly<Record<string, readonly string[]>> = {
  '89666000': [
    'Alleen reanimeren als iemand het ziet gebeuren en er een AED bij de hand is.',
    'Wel bij een verslikking, niet bij een hartstilstand.',
  ],
  '40617009': ['Alleen kort en met uitzicht op herstel; geen langdurige beademing.', 'Niet-invasief mag, een buis niet.'],
  '305351004': ['Alleen na een ingreep, ten hoogste enkele dagen.', 'Niet opnemen op de IC, wel op de medium care.'],
  '32485007': [
    'Niet opnemen, tenzij er iets gebroken is of benauwdheid thuis niet te verlichten is.',
    'Alleen voor onderzoek dat dezelfde dag klaar is.',
    'Liever het hospice dan het ziekenhuis.',
  ],
  '281789004': ['Alleen als tabletten of drank, geen infuus.', 'Alleen als het klachten verlicht.'],
  '116762002': ['Alleen bij benauwdheid door bloedarmoede.', 'Ten hoogste eens per maand, in de dagbehandeling.'],
};

/** Asked, or not yet: no decision either way. */
export const UNDECIDED = [
  'Onbekend',
  'Nog niet besproken',
  'Wil hier nu niet over praten',
  'Komt in het volgende gesprek aan de orde',
] as const;

export const COMMENTS = [
  'Zuurstof via een neusbril mag wel.',
  'Besproken met de kinderen erbij.',
  'Blijft bij het eerdere besluit.',
  'Heeft hier met de cardioloog over gesproken.',
  'Twijfelde, en heeft na een week bedenktijd besloten.',
] as const;

export const OTHER_TREATMENTS = ['Sondevoeding', 'Dialyse', 'Chemotherapie', 'Vochtinfuus', 'Pacemaker vervangen'] as const;

export const GOALS = [
  'Comfort staat voorop. Geen behandelingen die alleen het leven verlengen.',
  'Wil de geboorte van het kleinkind in het voorjaar meemaken.',
  'Zo lang mogelijk zelf boodschappen doen en in de tuin werken.',
  'Behandelen zolang het iets oplevert, en dan stoppen.',
  'Pijn en benauwdheid goed behandelen, ook als dat slaperig maakt.',
] as const;

export const WISHES = [
  'Wil bij de partner in de woonkamer zijn, met zicht op de tuin. Liever geen injecties als het ook anders kan.',
  'Wil niet alleen zijn in de laatste dagen. De zussen wisselen elkaar af.',
  'Houdt van stilte en van de radio zacht aan. Geen bezoek na zes uur.',
  'Wil zelf blijven beslissen zolang dat gaat, en daarna de oudste dochter.',
  'Wil de hond bij zich houden, ook in het hospice.',
  'Graag de dominee laten komen als het einde nadert.',
  'Wil na het overlijden volgens islamitisch gebruik gewassen worden; de familie regelt dat.',
  'Bang om te stikken. Wil weten dat er dan meteen iemand komt.',
] as const;

export const OTHER_INFORMATION = [
  'De sleutel ligt bij de buren op nummer 9.',
  'Partner is slechthorend: hard op de deur kloppen.',
  'Spreekt thuis Turks; de zoon tolkt.',
  'Er staat een hoog-laagbed in de voorkamer.',
  'Heeft twee katten die niet naar buiten mogen.',
  'Bel eerst de dochter, zij woont om de hoek.',
] as const;

export const PLACE_NOTES = [
  'Lukt het thuis niet, dan het hospice.',
  'In de eigen kamer, niet verhuizen.',
  'Als het voor de partner niet te zwaar wordt.',
] as const;

export const CAPACITY_NOTES = [
  'Begrijpt en overziet wat er besloten wordt; vermoeid in de middag.',
  'Overziet de gevolgen niet meer; de vertegenwoordiger beslist.',
  'Bij helderheid wilsbekwaam, in de avond verward.',
] as const;

export const DESCRIPTIONS = [
  'Hartfalen in een vergevorderd stadium. Weet dat herstel niet meer komt en wil geen belastende behandelingen.',
  'COPD Gold IV, drie opnames in het afgelopen jaar. Bang voor benauwdheid.',
  'Uitgezaaide darmkanker, geen behandeling meer mogelijk. Wil thuis blijven.',
  'Dementie, woont in het verpleeghuis. De familie kent de wensen van vroeger.',
  'ALS, achteruitgang van spraak en slikken. Heeft veel zelf opgeschreven.',
  'Kwetsbare ouderdom, telkens een stap terug na een infectie.',
] as const;

export interface Happening {
  kind: string;
  event: string;
  recognisedBy: string;
  relatives: string;
  professionals: string;
  medication: string;
  dosage: string;
}

/** What to do if: codes of izp-scenario-kind. */
export const SCENARIOS: readonly Happening[] = [
  {
    kind: 'breathlessness',
    event: 'Benauwdheid',
    recognisedBy: 'Benauwd in rust, of angstig door benauwdheid',
    relatives: 'Rechtop zetten, raam open, erbij blijven. Bel de thuiszorg, ook in de nacht.',
    professionals: 'Bij onvoldoende verlichting overleg met de dienstdoende huisarts.',
    medication: 'Morfine injectievloeistof 10 mg/ml',
    dosage: 'Zo nodig 2,5 mg subcutaan, ten hoogste eens per 4 uur',
  },
  {
    kind: 'pain',
    event: 'Pijn',
    recognisedBy: 'Pijn hoger dan 4, ondanks de vaste medicijnen',
    relatives: 'Geef de afgesproken tablet en schrijf op hoe laat. Bel na een half uur als het niet helpt.',
    professionals: 'Doorbraakpijn behandelen, daarna de basismedicatie verhogen.',
    medication: 'Oxycodon capsule 5 mg',
    dosage: 'Zo nodig 1 capsule, ten hoogste 6 per dag',
  },
  {
    kind: 'agitation',
    event: 'Onrust',
    recognisedBy: 'Plukken, uit bed willen, niet tot rust komen',
    relatives: 'Gedempt licht, bekende stem. Bel de thuiszorg als het langer dan een uur duurt.',
    professionals: 'Blaasretentie en obstipatie uitsluiten, daarna medicatie.',
    medication: 'Midazolam injectievloeistof 5 mg/ml',
    dosage: 'Zo nodig 2,5 mg subcutaan, herhalen na een uur',
  },
  {
    kind: 'nausea',
    event: 'Misselijkheid',
    recognisedBy: 'Braken of niets binnenhouden',
    relatives: 'Kleine slokjes water. Bel overdag de huisarts.',
    professionals: 'Medicatie langs andere weg geven zolang slikken niet lukt.',
    medication: 'Metoclopramide zetpil 10 mg',
    dosage: 'Zo nodig 1 zetpil, ten hoogste 3 per dag',
  },
];
