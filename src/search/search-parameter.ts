// One search parameter of one resource type, as the registry holds it.
// https://hl7.org/fhir/R4/searchparameter.html

export const SEARCH_TYPES = ['token', 'string', 'date', 'reference', 'uri', 'number', 'quantity'] as const;
export type SearchType = (typeof SEARCH_TYPES)[number];

export interface SearchParameter {
  readonly code: string;
  readonly type: SearchType;
  /** Element paths into the resource (element-path.ts); their values together are what is searched. */
  readonly paths: readonly string[];
  /** Canonical URL of the definition; absent for the service's own. */
  readonly url?: string;
  /** Resource types a reference may name; absent: any. */
  readonly targets?: readonly string[];
  /** Code system of a bare `code` element, from its required binding. */
  readonly system?: string;
  /** Identifiers compare with case, codes without. */
  readonly exactCase?: boolean;
  /** The references are canonical URLs, not Type/id. */
  readonly canonical?: boolean;
}
