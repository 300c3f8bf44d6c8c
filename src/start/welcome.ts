// What the service prints when it is ready: where it is, and what to try.

/** Lines for the terminal; a page and three requests to paste where there are demo clients. */
export function welcome(base: string, demo: boolean): string {
  const ready = `\nReady: ${base}/fhir/R4  (CapabilityStatement: ${base}/fhir/R4/metadata)\n`;
  if (!demo) return ready;
  return `${ready}In a browser: ${base}/spoed, as one of the people of the demo.

Try it in a second terminal, in this folder:

  # 1. A GP posts what was agreed in a conversation (an example patient)
  curl -sS -H "Authorization: Bearer $(npm run -s token -- gp)" -H 'Content-Type: application/fhir+json' \\
    --data-binary @examples/conversation.transaction.json ${base}/fhir/R4

  # 2. A hospital asks for the treatment directives
  curl -sS -H "Authorization: Bearer $(npm run -s token -- hospital)" \\
    --data-urlencode 'patient.identifier=http://fhir.nl/fhir/NamingSystem/bsn|900186021' \\
    --data-urlencode 'category=http://snomed.info/sct|129125009' ${base}/fhir/R4/Consent/_search

  # 3. An ambulance asks the emergency card, in one call
  curl -sS -H "Authorization: Bearer $(npm run -s token -- ambulance --purpose ETREAT)" -H 'Content-Type: application/json' \\
    -d '{"bsn":"900186021"}' ${base}/v1/emergency-card

Ctrl-C stops the service and its database.
`;
}
