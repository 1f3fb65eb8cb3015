import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from '../settings/project.js';
import { UsageError } from '../terminal/failure.js';
import { nearestRun, readRun } from './list-runs.js';

/**
 * What a run that is to be resumed was started with. Read before anything is made: a mistyped folder must not become a
 * new run.
 *
 * @throws UsageError if the folder holds no run, naming the nearest, or a run of another command
 */
export function storedProject(command: string, out: string): Project {
  const run = readRun(out);
  if (run?.command === command) {
    return JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Project; // written by describe()
  }
  if (run) {
    throw new UsageError(
      `${command}: ${out} holds a run of ${run.command}. Resume it with warmstart ${run.command} --resume, or choose another --out.`,
    );
  }
  const nearest = nearestRun(command, out);
  throw new UsageError(
    `${command}: --resume needs a run in ${out}, got none. ${nearest ? `Did you mean --out ${nearest}? Or leave` : 'Leave'} --resume out to start a new run.`,
  );
}
