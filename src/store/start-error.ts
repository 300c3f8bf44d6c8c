// Why the database could not be started or reached at start, in one line an operator can act on.

/** The message is printed as it is and the process ends with 1; `cause` holds the rest. */
export class StartError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StartError';
  }
}

/** Code of a failed system call (ENOENT, EEXIST …); undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
