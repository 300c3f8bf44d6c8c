// A change carried out to its very end but the commit, and taken back: for those who ask what a write would do.

/** What a session does that is needed here. */
interface Stage {
  transaction<T>(work: (writer: { finish(): Promise<void> }) => Promise<T>): Promise<T>;
}

/** Ends a rehearsed transaction with its result. */
export class Rehearsed extends Error {
  constructor(readonly value: unknown) {
    super('rehearsed');
  }
}

/** Runs `work`, whose writes nobody will ever see; whose record they were about is audited. Throws what `work` throws. */
export async function rehearse<T>(session: Stage, work: () => Promise<T>): Promise<T> {
  try {
    return await session.transaction(async (writer) => {
      const value = await work();
      await writer.finish();
      throw new Rehearsed(value);
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.value as T;
    throw error;
  }
}
