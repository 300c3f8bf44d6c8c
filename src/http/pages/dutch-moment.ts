// A moment as the pages write it: Dutch, in Dutch time, to the minute.

const CLOCK = new Intl.DateTimeFormat('nl-NL', {
  timeZone: 'Europe/Amsterdam',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** Epoch milliseconds as "22 november 2026 om 11:00". */
export function dutchMoment(epochMillis: number): string {
  return CLOCK.format(epochMillis);
}
