import { nodeBuiltin } from '../node-builtins.js';

/** `.NAME.HOST-PID-RANDOM.tmp` */
const temporaryPattern = /^\..+\.([0-9a-f]{6})-(\d+)-[0-9a-f]{8}\.tmp$/;

/** Of a process that cannot be asked, on another machine say, this long after its last write. */
const staleAfterMs = 60 * 60 * 1000;

/** A name for a file that is being written: it tells who writes, and reaches no saved byte. */
export function temporaryName(name: string): string {
  return `.${name}.${hostTag()}-${process.pid}-${crypto.randomUUID().slice(0, 8)}.tmp`;
}

/**
 * Removes what savers that were killed left in a folder. Files of a living process stay, and those of another
 * machine until they are an hour old.
 */
export async function collectLeftovers(folder: string): Promise<void> {
  const [fs, path] = [nodeBuiltin('node:fs/promises'), nodeBuiltin('node:path')];
  if (!fs || !path) return;
  const names = await fs.readdir(folder).catch(() => []); // made by the save to come
  for (const name of names) {
    const [, host, pid] = temporaryPattern.exec(name) ?? [];
    if (host === undefined) continue;
    const place = path.join(folder, name);
    const dead = host === hostTag() && Number(pid) !== process.pid && !isAlive(Number(pid));
    if (dead || (await ageOf(fs, place)) > staleAfterMs) await fs.rm(place, { force: true });
  }
}

/** @returns milliseconds since the last write; -1 if the file is gone */
export async function ageOf(fs: typeof import('node:fs/promises'), place: string): Promise<number> {
  const stat = await fs.stat(place).catch(() => undefined);
  return stat ? Date.now() - stat.mtimeMs : -1;
}

/** True if old enough that no saver can still be at work on what belongs to it. */
export function isStale(ageMs: number): boolean {
  return ageMs > staleAfterMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 asks only whether it is there
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function hostTag(): string {
  const host = nodeBuiltin('node:os')?.hostname() ?? '';
  const digest = nodeBuiltin('node:crypto')?.createHash('sha256').update(host).digest('hex');
  return (digest ?? '').slice(0, 6).padEnd(6, '0');
}
