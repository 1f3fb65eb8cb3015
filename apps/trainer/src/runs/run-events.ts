import { existsSync, readFileSync } from 'node:fs';

/** One line of a run's `events.jsonl`. */
export type RunEvent = Record<string, unknown>;

/** What a run noted while it went on; nothing if there is no such file. */
export function readEvents(file: string): RunEvent[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RunEvent); // each line is written whole by the run
}
