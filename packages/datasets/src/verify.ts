import type { OfficialFile } from './card.js';
import type { ColumnInfo } from './columns.js';
import { DatasetError } from './errors.js';
import type { DataEvent } from './events.js';
import type { DataFile, DataFiles } from './files.js';
import type { Limits } from './limits.js';
import { markedOrigin } from './origin-marker.js';
import type { OwnFiles } from './own-files.js';
import { asFiles } from './own-files.js';
import type { DatasetName } from './sets/definitions.js';
import { definitionOf } from './sets/definitions.js';
import { expectedClasses } from './sets/expected-classes.js';

/** One thing that was compared. */
export interface VerifyCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: number | string | readonly number[] | null;
  readonly actual: number | string | readonly number[] | null;
}

export interface VerifyReport {
  /** Whether every check held. */
  readonly ok: boolean;
  /** The official edition that matched by digest or counts; null if none did. */
  readonly variant: string | null;
  readonly checks: readonly VerifyCheck[];
}

export interface VerifyOptions {
  /** Whether to read official archives through for their digests. Default true. */
  readonly digests?: boolean;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Compares a copy of a data set with what is known of the official one: sizes and digests of files it
 * recognises by name, then every record of every split, their number and the number in each class.
 *
 * Damage found on the way is a check that failed, not an exception.
 *
 * @throws RangeError for an unknown name; the system's error for files that are not there
 */
export async function verify(
  name: DatasetName,
  source: OwnFiles,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const files = asFiles(source, 'verify');
  const { card } = definitionOf(name);
  const checks: VerifyCheck[] = [];
  let variant: string | null = null;
  for await (const file of files.list()) {
    const found = await checkFile(file, card.files, options);
    checks.push(...found.checks);
    variant ??= found.variant;
    if (markedOrigin(file.path) === 'synthetic') {
      checks.push({ name: 'origin', ok: false, expected: 'official', actual: 'synthetic' });
    }
  }
  const total: number[] = [];
  let anySplit = false;
  for (const [split, expected] of Object.entries(card.splits)) {
    const { found, ...read } = await readSplit(name, split, files, options);
    anySplit ||= found;
    if (expected === null && !found) continue; // a set without fixed splits need not have all kinds of files
    checks.push(...splitChecks(name, split, expected, read));
    read.classCounts?.forEach((count, index) => {
      total[index] = (total[index] ?? 0) + count;
    });
  }
  if (!anySplit)
    checks.push({ name: 'files', ok: false, expected: card.files[0]?.name ?? name, actual: null });
  if (name === 'wordnet' && anySplit) {
    const edition = wordnetEdition(total);
    checks.push({
      name: 'synsets by part of speech',
      ok: edition !== undefined,
      expected: '3.0 or 3.1',
      actual: total,
    });
    variant ??= edition ?? null;
  }
  const ok = checks.length > 0 && checks.every((check) => check.ok);
  return { ok, variant: variant ?? (ok ? 'records' : null), checks };
}

function wordnetEdition(counts: readonly number[]): string | undefined {
  const editions = { '3.0': [82_115, 13_767, 18_156, 3_621], '3.1': [82_192, 13_789, 18_185, 3_625] };
  return Object.entries(editions).find(([, expected]) => expected.join() === counts.join())?.[0];
}

async function checkFile(
  file: DataFile,
  official: readonly OfficialFile[],
  options: VerifyOptions,
): Promise<{ checks: VerifyCheck[]; variant: string | null }> {
  const base = file.path.slice(file.path.lastIndexOf('/') + 1);
  const candidates = official.filter(
    (known) => known.name === base && (known.sha256 ?? known.md5 ?? known.sizeBytes) !== undefined,
  );
  const known = candidates.find(({ sizeBytes }) => sizeBytes === file.sizeBytes) ?? candidates[0];
  if (known === undefined) return { checks: [], variant: null };
  const checks: VerifyCheck[] = [];
  if (known.sizeBytes !== undefined) {
    const actual = file.sizeBytes ?? null;
    checks.push({
      name: `${file.path}: bytes`,
      ok: actual === known.sizeBytes,
      expected: known.sizeBytes,
      actual,
    });
  }
  const algorithm = known.sha256 === undefined ? 'md5' : 'sha256';
  const expected = known[algorithm];
  if (expected !== undefined && options.digests !== false) {
    const actual = await digest(file, algorithm, options);
    checks.push({ name: `${file.path}: ${algorithm}`, ok: actual === expected, expected, actual });
  }
  const whole = checks.length > 0 && checks.every((check) => check.ok);
  return { checks, variant: whole ? (known.variant ?? known.name) : null };
}

async function digest(file: DataFile, algorithm: 'sha256' | 'md5', options: VerifyOptions): Promise<string> {
  const { createMD5, createSHA256 } = await import('hash-wasm');
  const hasher = await (algorithm === 'md5' ? createMD5() : createSHA256());
  let bytesRead = 0;
  for await (const piece of file.stream()) {
    options.signal?.throwIfAborted();
    hasher.update(piece);
    bytesRead += piece.length;
    options.onEvent?.({ type: 'progress', file: file.path, bytesRead, bytesTotal: file.sizeBytes });
  }
  return hasher.digest('hex');
}

interface SplitRead {
  readonly rowCount: number;
  readonly classCounts: number[] | undefined;
  readonly problem: DatasetError | undefined;
}

async function readSplit(
  name: DatasetName,
  split: string,
  files: DataFiles,
  options: VerifyOptions,
): Promise<SplitRead & { found: boolean }> {
  let rowCount = 0;
  let classCounts: number[] | undefined;
  try {
    const { limits = {}, onEvent = () => {}, signal } = options;
    const opened = await definitionOf(name).open(files, { split, limits, onEvent, signal });
    const info: ColumnInfo | undefined = opened.schema.label;
    classCounts =
      info?.classNames === undefined ? undefined : new Array<number>(info.classNames.length).fill(0);
    for await (const { rowCount: rows, columns } of opened.read()) {
      rowCount += rows;
      for (const label of (columns.label ?? []) as Int32Array) {
        if (classCounts !== undefined && label >= 0) classCounts[label] = (classCounts[label] ?? 0) + 1;
      }
    }
    return { found: true, rowCount, classCounts, problem: undefined };
  } catch (problem) {
    if (!(problem instanceof DatasetError)) throw problem;
    return { found: problem.code !== 'missing', rowCount, classCounts, problem };
  }
}

function splitChecks(
  name: DatasetName,
  split: string,
  expected: number | null,
  read: SplitRead,
): VerifyCheck[] {
  const { rowCount, classCounts, problem } = read;
  const checks: VerifyCheck[] = [
    {
      name: `${split}: records`,
      ok: problem === undefined,
      expected: 'readable',
      actual: problem?.message ?? 'readable',
    },
  ];
  if (expected !== null) {
    checks.push({ name: `${split}: rows`, ok: rowCount === expected, expected, actual: rowCount });
  }
  const wanted = expectedClasses(name, split);
  if (wanted !== undefined && classCounts !== undefined) {
    const ok = wanted.length === classCounts.length && wanted.every((count, i) => count === classCounts[i]);
    checks.push({ name: `${split}: rows by class`, ok, expected: wanted, actual: classCounts });
  }
  return checks;
}
