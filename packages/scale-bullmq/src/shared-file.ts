import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { QueueError } from './queue-error.js';

/** A file in the shared folder, known by what is in it. */
export interface SharedFile {
  /** Relative to the shared folder. */
  file: string;
  sha256: string;
}

/** A shared folder as one process writes to it: what it wrote once, such as a base, it does not write again. */
export class SharedFolder {
  readonly #directory: string;
  readonly #written = new Map<string, Promise<SharedFile>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Writes plain data whole or not at all, under its own digest. */
  write(kind: string, value: unknown): Promise<SharedFile> {
    const bytes = serialize(value);
    const sha256 = digestOf(bytes);
    const name = `${kind} ${sha256}`;
    const writing = this.#written.get(name) ?? writeBytes(this.#directory, kind, bytes, sha256);
    this.#written.set(name, writing);
    writing.catch(() => this.#written.delete(name)); // a full disk may be emptied
    return writing;
  }
}

/** Writes plain data whole or not at all, under its own digest. */
export function writeShared(directory: string, kind: string, value: unknown): Promise<SharedFile> {
  const bytes = serialize(value);
  return writeBytes(directory, kind, bytes, digestOf(bytes));
}

async function writeBytes(
  directory: string,
  kind: string,
  bytes: Uint8Array,
  sha256: string,
): Promise<SharedFile> {
  const file = `${kind}-${sha256.slice(0, 32)}.v8`;
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `.${file}.${randomUUID()}`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(directory, file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { file, sha256 };
}

/** Reads what {@link writeShared} wrote. @throws QueueError `damaged` if it is anything else */
export async function readShared(directory: string, { file, sha256 }: SharedFile): Promise<unknown> {
  if (!/^[a-z]+-[0-9a-f]{32}\.v8$/.test(file)) throw damaged(file, 'a name that this package never writes');
  const bytes = await readFile(join(directory, file)).catch((cause: Error) => {
    throw damaged(file, cause.message);
  });
  // before anything in it is looked at
  if (digestOf(bytes) !== sha256) throw damaged(file, `SHA-256 ${digestOf(bytes)} instead of ${sha256}`);
  return deserialize(bytes);
}

function damaged(file: string, what: string): QueueError {
  return new QueueError(
    'damaged',
    `scoutWorker: ${file} must be in the shared folder as it was written, got ${what}. ` +
      'Do all machines see the same folder?',
  );
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
