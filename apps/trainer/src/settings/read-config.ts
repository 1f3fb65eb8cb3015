import { readFileSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { closest } from '../terminal/closest.js';
import { type Project, projectSchema } from './project.js';

/** A config that cannot be used: which file, which line, which key, and what to do. */
export class ConfigError extends Error {
  readonly code = 'config';
  override readonly name = 'ConfigError';
  readonly file: string;

  constructor(message: string, file: string, options?: ErrorOptions) {
    super(message, options);
    this.file = file;
  }
}

/** What a config file says, and where it says it. */
interface Read {
  value: unknown;
  /** Line of a key, from 1; undefined where the format does not tell. */
  lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

/**
 * Reads a config and checks it against the schema.
 *
 * @param file - .yaml, .yml, .json, .ts, .js or .mjs; a module is run and exports its settings as default
 * @throws ConfigError with `file:line: key` for the first problem and the number of others
 */
export async function readConfig(file: string): Promise<Project> {
  const read = await readFile(file);
  if (read.value === null || read.value === undefined) return {};
  const parsed = projectSchema.safeParse(read.value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, read.value));
  const texts = problems.map(({ path, text }) => `${placeOf(file, read.lineOf(path))}: ${text}`);
  const shown = texts.slice(0, 5).join('\n');
  throw new ConfigError(texts.length > 5 ? `${shown}\nand ${texts.length - 5} more` : shown, file);
}

async function readFile(file: string): Promise<Read> {
  if (/^\.[cm]?[tj]s$/.test(extname(file))) return { value: await runModule(file), lineOf: () => undefined };
  const text = readFileSync(file, 'utf8');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false }); // JSON is YAML, too
  const [error] = document.errors;
  if (error) {
    const { line } = lines.linePos(error.pos[0]);
    throw new ConfigError(`${placeOf(file, line)}: ${error.message}`, file, { cause: error });
  }
  return { value: document.toJS({ maxAliasCount: 20 }), lineOf: (path) => lineOf(document, lines, path) };
}

async function runModule(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  try {
    return await createJiti(import.meta.url).import(resolve(file), { default: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      `${file}: the module must export its settings as default, but failed: ${reason}`,
      file,
      {
        cause,
      },
    );
  }
}

function lineOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number | undefined {
  // the key's own line: a value may begin below it
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const items: unknown = (parent as { items?: unknown } | null)?.items;
  if (!Array.isArray(items)) return undefined;
  const last = path.at(-1);
  const pair =
    items.find((item) => item?.key?.value === last) ?? (typeof last === 'number' ? items[last] : undefined);
  const start: unknown = pair?.key?.range?.[0] ?? pair?.range?.[0];
  return typeof start === 'number' ? lines.linePos(start).line : undefined;
}

interface Problem {
  path: readonly PropertyKey[];
  text: string;
}

type Issue = { code: string; path: PropertyKey[]; message: string; keys?: string[] };

function problemsOf(issue: Issue, value: unknown): Problem[] {
  const at = (path: readonly PropertyKey[]) => path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    return (issue.keys ?? []).map((key) => {
      const guess = closest(key, known);
      const remedy = guess ? `Did you mean ${guess}?` : `Known here: ${known.join(', ')}.`;
      return { path: [...issue.path, key], text: `${at([...issue.path, key])} is not a setting. ${remedy}` };
    });
  }
  const got = JSON.stringify(issue.path.reduce<unknown>((inner, key) => (inner as never)?.[key], value));
  const message = issue.message
    .replace(/^(Invalid input: |Invalid option: |Too (small|big): )/, '')
    .replace(/, received .*$/, '');
  return [{ path: issue.path, text: `${at(issue.path) || 'the file'}: ${message}, got ${got}.` }];
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  let schema: unknown = projectSchema;
  for (const key of path)
    schema = unwrap((schema as { shape?: Record<string, unknown> }).shape?.[String(key)]);
  const shape = (schema as { shape?: Record<string, unknown> } | undefined)?.shape;
  return Object.keys(shape ?? {}).filter((key) => key !== '$schema');
}

function unwrap(schema: unknown): unknown {
  const inner = (schema as { unwrap?: () => unknown } | undefined)?.unwrap?.();
  return inner === undefined ? schema : unwrap(inner);
}

function placeOf(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}
