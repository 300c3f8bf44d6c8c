export function openapiYaml(document: Record<string, unknown>): string;
export function withTables(text: string, tables: Record<string, string>): string;
export function ownSearchParameters(): unknown[];
