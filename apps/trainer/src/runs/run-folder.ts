import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The folder of one run: `config.json`, `events.jsonl`, `checkpoints/`, `report.html`, `environment.json`.
 * Every file but the events appears whole or not at all.
 */
export interface RunFolder {
  readonly path: string;
  /** Absolute path of a file in the folder, e.g. `file('checkpoints', 'encoder.pt')`. */
  file(...parts: string[]): string;
  /** Writes text or bytes whole: to a temporary file beside it, synced, then renamed. */
  write(name: string, content: string | Uint8Array): void;
  writeJson(name: string, value: unknown): void;
  /** @returns undefined if there is no such file */
  readJson(name: string): unknown;
  /** Lines of a file; none if it is not there. */
  readLines(name: string): string[];
  /** Adds a line. */
  append(name: string, line: string): void;
  /** Removes a file or folder, if it is there. */
  remove(...parts: string[]): void;
}

/**
 * Makes the folder, or takes the one that is there, and proves that it can be written to.
 *
 * @throws the system's error (EACCES, ENOSPC, ENOTDIR, …) with its path, before any work is spent
 */
export function openRunFolder(path: string): RunFolder {
  const folder = resolve(path);
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  if (!existsSync(join(folder, 'events.jsonl'))) writeWhole(join(folder, 'events.jsonl'), '');
  return {
    path: folder,
    file: (...parts) => join(folder, ...parts),
    write: (name, content) => writeWhole(join(folder, name), content),
    writeJson: (name, value) => writeWhole(join(folder, name), `${JSON.stringify(value, null, 2)}\n`),
    readJson: (name) => readJson(join(folder, name)),
    readLines: (name) => readLines(join(folder, name)),
    append: (name, line) => appendLine(join(folder, name), line),
    remove: (...parts) => rmSync(join(folder, ...parts), { recursive: true, force: true }),
  };
}

function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const message = `${path}: the file must be JSON, got something else. Was it edited?`;
    throw Object.assign(new Error(message, { cause }), { code: 'malformed', file: path });
  }
}

function readLines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

function appendLine(path: string, line: string): void {
  try {
    appendFileSync(path, `${line}\n`);
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

/** Writes a file whole: to a temporary one beside it, synced, then renamed. */
export function writeWhole(path: string, content: string | Uint8Array): void {
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
