// An answer on paper: its ETag tells the version of the plan and the day, because what is counted from today stands on it too.
import { dutchDate } from '../fhir/dates.js';
import { etag, type FhirRequest, type FhirResponse, versionsOfEtag } from '../fhir/exchange.js';

export interface Printing {
  /** Version of the plan, as the card tells it. */
  version: string;
  /** Epoch milliseconds. */
  now: number;
  /** Name of the file: nothing of the patient. */
  name: string;
}

/** The PDF that `print` makes, or 304 for who holds that of today. */
export async function printed(
  request: FhirRequest,
  { version, now, name }: Printing,
  print: () => Promise<Uint8Array>,
): Promise<FhirResponse> {
  const own = `${version}-${dutchDate(now).replaceAll('-', '')}`;
  const headers = { etag: etag(own), 'cache-control': 'no-store' };
  const held = request.headers['if-none-match'];
  if (held !== undefined && versionsOfEtag(held).includes(own)) return { status: 304, headers };
  return { status: 200, headers, file: { type: 'application/pdf', name, bytes: await print() } };
}
