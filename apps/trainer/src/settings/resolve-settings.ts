import { parse } from 'yaml';
import { closest } from '../terminal/closest.js';
import { UsageError } from '../terminal/failure.js';
import {
  commandSettings,
  dataSettings,
  type Project,
  type RunCommand,
  runSettings,
  type Settings,
} from './project.js';
import { readConfig } from './read-config.js';

/** Where settings come from, the weakest first. */
export interface SettingSources {
  /** What a run that is resumed was started with. */
  stored?: Project | undefined;
  /** `--config` */
  config?: string | undefined;
  /** `key=value` words, e.g. `steps=100` or `splits.train=0.8` */
  overrides: readonly string[];
  /** Flags that were given, by setting. */
  flags: Readonly<Record<string, unknown>>;
}

/**
 * The settings of one command: defaults, then the config's shared part, its section, overrides, flags.
 *
 * @throws UsageError for an override or flag that is not a setting or has a wrong value
 * @throws ConfigError for a config that does
 */
export async function resolveSettings<Name extends RunCommand>(
  command: Name,
  { stored, config, overrides, flags }: SettingSources,
): Promise<Settings<Name>> {
  const project = { ...stored, ...(config === undefined ? {} : await readConfig(config)) };
  const known = Object.keys(commandSettings[command].shape);
  const shared = Object.entries(project).filter(([key]) => key in dataSettings || key in runSettings);
  const values: Record<string, unknown> = {
    ...Object.fromEntries(shared.filter(([key]) => known.includes(key))),
    ...(project as Record<string, object | undefined>)[command],
  };
  for (const word of overrides) applyOverride(command, values, word, known);
  for (const [key, value] of Object.entries(flags))
    if (isGiven(key, value) && known.includes(key)) values[key] = value;
  const parsed = commandSettings[command].safeParse(values);
  if (parsed.success) return parsed.data as Settings<Name>;
  const [issue] = parsed.error.issues;
  if (values.data === undefined && issue?.path[0] === 'data') throw missingData(command);
  const key = issue?.path.join('.') ?? '';
  const got = JSON.stringify(issue?.path.reduce<unknown>((inner, part) => (inner as never)?.[part], values));
  const rule = (issue?.message ?? '').replace(/^Invalid (input|option): /, '').replace(/, received .*$/, '');
  throw new UsageError(`${command}: ${key} ${rule}, got ${got}.`);
}

function missingData(command: string): UsageError {
  const model = command === 'evaluate' || command === 'predict' ? 'model.safetensors ' : '';
  return new UsageError(
    `${command}: --data must name your file or folder, or a data set (warmstart data list). Example: warmstart ${command} ${model}--data my.csv`,
  );
}

/** Resolved settings as a config file that gives the same run again. */
export function projectOf(
  command: RunCommand,
  settings: Readonly<Record<string, unknown>>,
  out: string,
): Project {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  const isShared = ([key]: [string, unknown]) => key in dataSettings || key in runSettings;
  const shared = Object.fromEntries(entries.filter(isShared));
  const section = Object.fromEntries(entries.filter((entry) => !isShared(entry)));
  return { command, out, ...shared, [command]: section };
}

/** Commander sets `header` to true where `--no-header` was not given. */
function isGiven(key: string, value: unknown): boolean {
  return value !== undefined && !(key === 'header' && value === true);
}

function applyOverride(
  command: string,
  values: Record<string, unknown>,
  word: string,
  known: readonly string[],
): void {
  const [name = '', text] = splitOnce(word);
  const [section, ...rest] = name.split('.');
  const path = section === command ? rest : [section as string, ...rest];
  const key = path[0] ?? '';
  if (text === undefined) {
    throw new UsageError(
      `${command}: "${word}" is not a setting. Write settings as key=value, e.g. steps=100.`,
    );
  }
  if (!known.includes(key)) {
    const guess = closest(key, known);
    throw new UsageError(
      `${command}: ${key} is not a setting. ${guess ? `Did you mean ${guess}?` : `Known: ${known.join(', ')}.`}`,
    );
  }
  const value: unknown = parse(text);
  const last = path.slice(1).at(-1);
  if (last === undefined) values[key] = value;
  else values[key] = { ...(values[key] as object | undefined), [last]: value };
}

function splitOnce(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return at < 1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
