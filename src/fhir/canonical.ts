// Canonical URLs as names: a version after '|' does not hinder a match, and the published hosts of one guide are one host.
// https://hl7.org/fhir/R4/references.html#canonical

/** The guide for proactive care planning moved twice; its artefacts kept their names. The first host stands for all. */
export const PZP_HOSTS = ['https://fhir.iknl.nl/fhir', 'https://api.iknl.nl/docs/r4/pzp', 'https://api.iknl.nl/docs/pzp/r4'] as const;

/** The name an artefact is filed under: without version, on the first of its hosts. Two URLs with one key name one artefact. */
export function canonicalKey(url: string): string {
  const bar = url.indexOf('|');
  const name = bar < 0 ? url : url.slice(0, bar);
  for (const host of PZP_HOSTS) {
    if (name.startsWith(`${host}/`)) return PZP_HOSTS[0] + name.slice(host.length);
  }
  return name;
}

/** True when both URLs name the same artefact, whatever version they ask for. */
export function sameCanonical(a: string, b: string): boolean {
  return canonicalKey(a) === canonicalKey(b);
}
