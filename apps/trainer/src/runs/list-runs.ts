import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Project } from '../settings/project.js';
import { closest } from '../terminal/closest.js';

/** A run as it lies on disk. */
export interface ListedRun {
  folder: string;
  command: string;
  data: string;
  state: 'finished' | 'stopped';
  /** The last step that was noted; undefined where there are none. */
  step?: number;
  /** When it last wrote, ISO 8601. */
  changed: string;
  /** What it found, as `--json` printed it. */
  result?: Record<string, unknown>;
}

/** The runs under a folder, the newest first. */
export function listRuns(root: string, depth = 3): ListedRun[] {
  return foldersIn(root, depth)
    .flatMap((folder) => {
      const run = readRun(folder);
      return run ? [run] : [];
    })
    .sort((a, b) => (a.changed < b.changed ? 1 : -1));
}

/** The run that was probably meant by a folder that holds none: of the same command, near by name, or else the newest. */
export function nearestRun(command: string, out: string): string | undefined {
  const isSame = (run: ListedRun) => run.command === command;
  const beside = listRuns(dirname(out)).filter(isSame);
  const near = closest(
    basename(out),
    beside.map(({ folder }) => basename(folder)),
  );
  const run = beside.find(({ folder }) => basename(folder) === near) ?? beside[0];
  return (run ?? listRuns('warmstart-runs').find(isSame))?.folder;
}

/** @returns undefined if the folder holds no run */
export function readRun(folder: string): ListedRun | undefined {
  const file = join(folder, 'config.json');
  if (!existsSync(file)) return undefined;
  const config = readJson(file) as (Project & { recipe?: { dataset?: string } }) | undefined;
  if (typeof config?.command !== 'string') return undefined;
  const result = readJson(join(folder, 'result.json')) as Record<string, unknown> | undefined;
  const step = lastStep(join(folder, 'events.jsonl'));
  return {
    folder,
    command: config.command,
    data: config.data ?? config.recipe?.dataset ?? '',
    state: result ? 'finished' : 'stopped',
    ...(step === undefined ? {} : { step }),
    changed: statSync(
      existsSync(join(folder, 'events.jsonl')) ? join(folder, 'events.jsonl') : file,
    ).mtime.toISOString(),
    ...(result ? { result } : {}),
  };
}

function foldersIn(root: string, depth: number): string[] {
  if (!existsSync(root) || !statSync(root).isDirectory()) return [];
  const below =
    depth === 0 ? [] : readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [root, ...below.flatMap(({ name }) => foldersIn(join(root, name), depth - 1))];
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // not there, or not a run's
  }
}

function lastStep(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n').reverse()) {
    try {
      const { step } = JSON.parse(line) as { step?: number };
      if (step !== undefined) return step;
    } catch {
      // a killed process wrote it half
    }
  }
  return undefined;
}
