import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The folder of one run: `config.json`, `events.jsonl`, `checkpoints/`, `report.html`, `environment.json`.
 * Every file appears whole or not at all.
 */
export interface RunFolder {
  readonly path: string;
  /** Absolute path of a file in the folder, e.g. `file('checkpoints', 'encoder.pt')`. */
  file(...parts: string[]): string;
  /** Writes text or bytes whole: to a temporary file beside it, synced, then renamed. */
  write(name: string, content: string | Uint8Array): void;
}

/**
 * Makes the folder, or takes the one that is there, and proves that it can be written to.
 *
 * @throws the system's error (EACCES, ENOSPC, ENOTDIR, …) with its path, before any work is spent
 */
export function openRunFolder(path: string): RunFolder {
  const folder = resolve(path);
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  writeWhole(join(folder, 'events.jsonl'), '');
  return {
    path: folder,
    file: (...parts) => join(folder, ...parts),
    write: (name, content) => writeWhole(join(folder, name), content),
  };
}

function writeWhole(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const descriptor = openSync(temporary, 'w');
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw Object.assign(error as Error, { path });
  }
}
