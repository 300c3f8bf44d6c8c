// Files that hold private keys: readable by their owner alone, and there whole or not at all.
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** Writes the file in one step, creating its folder. A crash leaves the old file or the new one, never half of one. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
  const draft = `${path}.${process.pid}.draft`;
  const file = await open(draft, 'w', OWNER_ONLY_FILE);
  try {
    // A draft left by a crash keeps its old mode.
    await file.chmod(OWNER_ONLY_FILE);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
