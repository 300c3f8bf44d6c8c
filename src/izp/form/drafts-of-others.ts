// Forms still being filled in: unfinished words of one organisation, and no answer to what others ask of the record.
import type { RecordEntry } from '../record.js';

/** `QuestionnaireResponse/id` of the drafts (`in-progress`) that `asker`, the URA of who asks, did not record; a person has none. */
export function draftsOfOthers({ entries, asker }: { entries: readonly RecordEntry[]; asker?: string }): Set<string> {
  return new Set(entries.filter((entry) => isDraft(entry) && (!asker || entry.author?.ura !== asker)).map(({ reference }) => reference));
}

function isDraft({ resource }: RecordEntry): boolean {
  return resource.resourceType === 'QuestionnaireResponse' && resource.status === 'in-progress';
}
