export function openapiYaml(document: Record<string, unknown>): string;
