// The conversation form as a carer fills it in: by what stands beside each question.
import type { Page } from 'playwright-core';
import { BSN } from '../stories/telling.js';

/** From the BSN to the form of a record that is opened on the way. */
export async function openForm(page: Page): Promise<void> {
  await page.getByLabel('Burgerservicenummer (BSN) van de patiënt').fill(BSN);
  await page.getByRole('button', { name: 'Verder' }).click();
  await page.getByRole('heading', { level: 1, name: 'Dossier openen' }).waitFor();
  for (const [label, text] of [
    ['Voornamen', 'Wilhelmina'],
    ['Voorvoegsels', 'van den'],
    ['Achternaam', 'Berg'],
    ['Geboortedatum', '17-5-1943'],
  ] as const)
    await page.getByLabel(label).fill(text);
  await page.getByRole('button', { name: 'Dossier openen' }).click();
  await page.getByRole('heading', { level: 1, name: 'Gesprek vastleggen' }).waitFor();
}

/** The conversation of 9 November; the limit on admission to hospital is left to be said. */
export async function fillIn(page: Page): Promise<void> {
  await page.getByLabel('Datum van het gesprek').fill('9-11-2026');
  const choose = (question: string | RegExp, answer: string) =>
    page.getByRole('group', { name: question }).getByRole('radio', { name: answer, exact: true }).check();
  const write = (question: string | RegExp, label: string, text: string) =>
    page.getByRole('group', { name: question }).getByLabel(label, { exact: true }).first().fill(text);
  await write('Naam van de zorgverlener', 'Achternaam', 'Yilmaz');
  await choose('Functie', 'Huisarts');
  await choose(/wilsbekwaam voor medische beslissingen/, 'Ja');
  await write('a) Naam van de vertegenwoordiger', 'Voornamen', 'Marit');
  await write('a) Naam van de vertegenwoordiger', 'Achternaam', 'van den Berg');
  await write('b) Bereikbaarheid van de vertegenwoordiger', 'Nummer', '0600000321');
  await page.getByRole('checkbox', { name: 'Wettelijke vertegenwoordiger' }).check();
  await choose('a) Reanimatie', 'Niet uitvoeren');
  await choose(/beademing/i, 'Niet uitvoeren');
  await choose('c) Opname op de intensive care', 'Niet uitvoeren');
  await choose('d) Opname in het ziekenhuis', 'Anders');
  await choose('e) Behandeling met antibiotica', 'Wel uitvoeren');
  await choose('f) Toediening van een bloedproduct', 'Niet uitvoeren');
  await choose('b) Gewenste plek van overlijden', 'Thuis');
  await choose(/^b\) Gaat de patiënt akkoord met het delen/, 'Akkoord');
}

/** What was left to be said. */
export async function sayLimit(page: Page): Promise<void> {
  const admission = page.getByRole('group', { name: 'd) Opname in het ziekenhuis' });
  await admission.getByLabel('Wel, met beperkingen, of anders: wat is afgesproken?').fill('Alleen opnemen als er iets gebroken is.');
}
