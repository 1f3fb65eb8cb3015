import { printableText } from '../printable-text.js';

/** A tensor both sides have, but not alike. */
export interface MismatchedTensor {
  readonly key: string;
  /** shape the model has, as PyTorch lays it out */
  readonly model: readonly number[];
  /** shape the checkpoint has */
  readonly checkpoint: readonly number[];
  /** `shape`; `dtype`: no conversion exists; `range`: values the model's dtype cannot hold */
  readonly reason: 'shape' | 'dtype' | 'range';
}

/** A tensor whose dtype was converted on the way. */
export interface CastTensor {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** A tensor by what it is called and how it is shaped. */
export interface TensorOutline {
  readonly key: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What a load did, or would do. Printed, it is PyTorch's sentence, or what did not match. */
export class LoadReport {
  readonly matched: readonly string[];
  /** names of the model that the checkpoint lacks */
  readonly missing: readonly string[];
  /** names of the checkpoint that the model lacks */
  readonly unexpected: readonly string[];
  readonly mismatched: readonly MismatchedTensor[];
  readonly cast: readonly CastTensor[];
  /**
   * names of the model that kept its own values and were allowed to: a head that was left out, and counters
   * that PyTorch does not ask for
   */
  readonly kept: readonly string[];
  /** names of the checkpoint that were left out on purpose: another head, what lies beside the network */
  readonly leftOut: readonly string[];
  /** what was done to the checkpoint's names, and why; one sentence each */
  readonly notes: readonly string[];
  /** what would match more */
  readonly hints: readonly string[];

  constructor(parts: Partial<Omit<LoadReport, 'ok'>>) {
    this.matched = parts.matched ?? [];
    this.missing = parts.missing ?? [];
    this.unexpected = parts.unexpected ?? [];
    this.mismatched = parts.mismatched ?? [];
    this.cast = parts.cast ?? [];
    this.kept = parts.kept ?? [];
    this.leftOut = parts.leftOut ?? [];
    this.notes = parts.notes ?? [];
    this.hints = parts.hints ?? [];
  }

  /** True if every name is on both sides and fits. */
  get ok(): boolean {
    return this.missing.length + this.unexpected.length + this.mismatched.length === 0;
  }

  toString(): string {
    const own = this.kept.filter((key) => !isCounter(key));
    if (this.ok && own.length === 0) return '<All keys matched successfully>';
    const total = this.matched.length + this.missing.length + this.mismatched.length + own.length;
    return [`${this.matched.length} of ${total} keys matched`, ...lines(this)].join('\n');
  }

  /** The report as JSON, as `warmstart match --json` prints it. */
  toJSON(): Record<string, unknown> {
    const { ok, matched, missing, unexpected, mismatched, cast, kept, leftOut, notes, hints } = this;
    return { ok, matched, missing, unexpected, mismatched, cast, kept, leftOut, notes, hints };
  }
}

/** What did not match, and what was done, one line each. */
export function lines(report: LoadReport): string[] {
  const shown = report.mismatched.slice(0, 5).map(({ key, model, checkpoint, reason }) => {
    if (reason === 'shape') return `  ${key}: the model has [${model}], the checkpoint [${checkpoint}]`;
    return `  ${key}: the checkpoint's ${reason === 'dtype' ? 'dtype cannot be converted' : 'values do not fit the model'}`;
  });
  if (report.mismatched.length > 5) shown.push(`  and ${report.mismatched.length - 5} more of another shape`);
  return [
    ...named('missing from the checkpoint', report.missing),
    ...named('unknown to the model', report.unexpected),
    ...shown,
    ...report.notes.map((note) => `  ${note}`),
    ...report.hints.map((hint) => `  ${hint}`),
  ].map(printableText); // names come from files
}

function named(what: string, keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  const more = keys.length > 5 ? ` and ${keys.length - 5} more` : '';
  return [`  ${what} (${keys.length}): ${keys.slice(0, 5).map(printableText).join(', ')}${more}`];
}

/** A load that was refused: the model is unchanged. Carries the report. */
export class StateDictMismatchError extends Error {
  override readonly name = 'StateDictMismatchError';
  /** `no-match`: not one name is on both sides */
  readonly code: 'key-mismatch' | 'no-match';
  readonly report: LoadReport;

  constructor(report: LoadReport) {
    const none = report.matched.length === 0;
    const what = none
      ? 'not one tensor of the checkpoint fits the model'
      : 'the checkpoint does not fit the model';
    super([`loadStateDict: ${what}; nothing was loaded.`, ...lines(report)].join('\n'));
    this.code = none ? 'no-match' : 'key-mismatch';
    this.report = report;
  }
}

/**
 * Compares a model's tensors with a checkpoint's, by name and shape. Nothing is read or written.
 *
 * @param model - what the model has, in PyTorch's layout
 * @param checkpoint - what the file has
 */
export function matchKeys(model: readonly TensorOutline[], checkpoint: readonly TensorOutline[]): LoadReport {
  const found = new Map(checkpoint.map((tensor) => [tensor.key, tensor]));
  const wanted = new Set(model.map(({ key }) => key));
  const matched: string[] = [];
  const missing: string[] = [];
  const kept: string[] = [];
  const mismatched: MismatchedTensor[] = [];
  for (const { key, shape } of model) {
    const tensor = found.get(key);
    if (!tensor) (isCounter(key) ? kept : missing).push(key);
    else if (sameShape(shape, tensor.shape)) matched.push(key);
    else mismatched.push({ key, model: shape, checkpoint: tensor.shape, reason: 'shape' });
  }
  const strangers = checkpoint.filter(({ key }) => !wanted.has(key)).map(({ key }) => key);
  const unasked = (key: string) =>
    isCounter(key) && wanted.has(key.replace(/num_batches_tracked$/, 'running_mean'));
  const unexpected = strangers.filter((key) => !unasked(key));
  const leftOut = strangers.filter(unasked);
  const hints =
    missing.length > 0 || unexpected.length > 0 ? nearMisses(model, checkpoint, matched.length) : [];
  return new LoadReport({ matched, missing, unexpected, mismatched, kept, leftOut, hints });
}

/** Checkpoints from before PyTorch 0.4.1 lack this counter, and torch lets them; Keras has none. */
export function isCounter(key: string): boolean {
  return key === 'num_batches_tracked' || key.endsWith('.num_batches_tracked');
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Tries prefixes that occur on either side, and tells the best of those that match more. */
function nearMisses(
  model: readonly TensorOutline[],
  checkpoint: readonly TensorOutline[],
  matchedCount: number,
): string[] {
  const wanted = new Map(model.map((tensor) => [tensor.key, tensor.shape]));
  const count = (strip: string, add: string) =>
    checkpoint.filter(({ key, shape }) => {
      if (!key.startsWith(strip)) return false;
      const other = wanted.get(add + key.slice(strip.length));
      return other !== undefined && sameShape(other, shape);
    }).length;
  const strips = ['', ...prefixesOf(checkpoint)];
  const adds = ['', ...prefixesOf(model)];
  let best = { matches: matchedCount, strip: '', add: '' };
  for (const strip of strips) {
    for (const add of adds) {
      const matches = count(strip, add);
      if (matches > best.matches) best = { matches, strip, add };
    }
  }
  if (best.matches === matchedCount) return [];
  const doing = [best.strip && `stripping \`${best.strip}\``, best.add && `adding \`${best.add}\``].filter(
    Boolean,
  );
  return [`${doing.join(' and ')} would match ${best.matches} of ${model.length}`];
}

/** Dotted beginnings of names, the commonest first. */
function prefixesOf(tensors: readonly TensorOutline[]): string[] {
  const counts = new Map<string, number>();
  for (const { key } of tensors) {
    for (
      let dot = key.indexOf('.'), depth = 0;
      dot >= 0 && depth < 3;
      dot = key.indexOf('.', dot + 1), depth++
    ) {
      const prefix = key.slice(0, dot + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 8)
    .map(([prefix]) => prefix);
}
