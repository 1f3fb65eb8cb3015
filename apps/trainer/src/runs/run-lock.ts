import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A run folder that another process writes to. */
export class RunLockedError extends Error {
  readonly code = 'run-locked';
  override readonly name = 'RunLockedError';
  readonly file: string;

  constructor(message: string, file: string) {
    super(message);
    this.file = file;
  }
}

interface Holder {
  pid: number;
  host: string;
  since: string;
}

/**
 * Takes a run folder for this process. A lock that a killed process left behind is taken over.
 *
 * @returns gives the folder back
 * @throws RunLockedError if a living process holds it
 */
export function lockRun(folder: string): () => void {
  const file = join(folder, 'run.lock');
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  for (let attempt = 0; attempt < 2; attempt++) {
    if (create(file, JSON.stringify(holder))) return () => rmSync(file, { force: true });
    const other = readHolder(file);
    if (other && isAlive(other)) throw new RunLockedError(textOf(folder, other), file);
    rmSync(file, { force: true });
  }
  throw new RunLockedError(
    `${folder}: another process has just taken this run folder. Choose another --out.`,
    file,
  );
}

function create(file: string, text: string): boolean {
  try {
    const descriptor = openSync(file, 'wx'); // fails if it is there: two processes cannot both pass
    writeFileSync(descriptor, text);
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(file: string): Holder | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined; // killed between making and filling it
  }
}

/** On another machine nobody can tell: then the lock counts. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function textOf(folder: string, { pid, host, since }: Holder): string {
  const where = host === hostname() ? '' : ` on ${host}`;
  return (
    `${folder}: process ${pid}${where} has been writing to this run folder since ${since}. ` +
    'Wait for it, stop it, or choose another --out. If it is gone, delete run.lock.'
  );
}
