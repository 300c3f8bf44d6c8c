// Which resources a kept answer tells of: by its Location, or by the entries of the Bundle it is.
import { isObject } from '../fhir/json.js';

/** The end of a url that names a resource, with or without a version. */
const RESOURCE = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/;

/** `Type/id`, each once. */
export function toldResources(answer: { headers: Record<string, string>; body: string | null }): string[] {
  const urls = [answer.headers.location, answer.headers['content-location']];
  if (answer.body !== null) {
    const body: unknown = JSON.parse(answer.body);
    const entries = isObject(body) && Array.isArray(body.entry) ? body.entry : [];
    urls.push(...entries.map((entry) => entry?.response?.location));
    if (isObject(body)) urls.push(`${body.resourceType}/${body.id}`);
  }
  return [...new Set(urls.flatMap((url) => (typeof url === 'string' ? (RESOURCE.exec(url)?.[1] ?? []) : [])))];
}
