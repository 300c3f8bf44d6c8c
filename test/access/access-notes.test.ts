// What one request touched becomes one event per patient, with the ground that most needs to be told.
import t from 'tap';
import { eventsOf } from '../../src/access/access-events.js';
import { AccessNotes, type Note } from '../../src/access/access-notes.js';

const eventFor = (purpose: string, ...noted: Partial<Note>[]) => {
  const notes = new AccessNotes();
  for (const note of noted) notes.add({ patientId: 'p', action: 'R', outcome: 'success', ...note });
  const principal = { clientId: 'c', purpose, scopes: [], policies: [] } as never;
  const access = { principal, trace: { requestId: 'r', interaction: 'read' }, recorded: new Date(0), newId: () => 'id' };
  const [event, ...others] = eventsOf(notes.copy(), access);
  t.equal(others.length, 0);
  return event as NonNullable<typeof event>;
};

t.test('an event tells the policy and the consent it rested on', async (t) => {
  const { policy, consent, emergency } = eventFor('TREAT', { policy: 'permission', consent: 'Consent/1' });
  t.strictSame({ policy, consent, emergency }, { policy: 'permission', consent: 'Consent/1', emergency: false });
});

t.test('of several grounds the first is told, unless the emergency door was one', async (t) => {
  const own = eventFor('TREAT', {}, { policy: 'own-team' }, { policy: 'permission', consent: 'Consent/1' });
  t.strictSame([own.policy, own.consent], ['own-team', undefined]);
  const door = eventFor(
    'TREAT',
    { policy: 'own-team', emergency: false },
    { policy: 'emergency', consent: 'Consent/2', emergency: true },
    {},
  );
  t.strictSame([door.policy, door.consent, door.emergency], ['emergency', 'Consent/2', true]);
  const broken = eventFor(
    'TREAT',
    { policy: 'break-glass', emergency: true, breakGlassReason: 'niet aanspreekbaar' },
    { policy: 'emergency' },
  );
  t.strictSame([broken.policy, broken.emergency], ['break-glass', true]);
  t.match(broken.details, { breakGlassReason: 'niet aanspreekbaar' });
});

t.test('without a decision of its own the purpose tells whether it was an emergency', async (t) => {
  t.equal(eventFor('ETREAT', {}).emergency, true);
  t.equal(eventFor('ETREAT', { emergency: false }).emergency, false);
  t.equal(eventFor('TREAT', {}).emergency, false);
});
