/** Key of the label map in a checkpoint's metadata. */
const metadataKey = 'warmstart.labels';

/**
 * What a head's outputs mean, as checkpoint metadata: a head without its labels is a guess.
 *
 * @param labels - names by class index
 * @throws RangeError for fewer than two labels, or one that is there twice
 */
export function labelMetadata(labels: readonly string[]): Record<string, string> {
  if (labels.length < 2)
    throw new RangeError(`labelMetadata: labels must be at least 2, got ${labels.length}.`);
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined)
    throw new RangeError(`labelMetadata: every label must be there once, got ${twice} twice.`);
  return { [metadataKey]: JSON.stringify(labels) };
}

/**
 * The labels a checkpoint's head was trained for.
 *
 * @param expected - the labels of the present task; a head of others must be replaced, not reused
 * @throws RangeError if the checkpoint has none, or others than expected
 */
export function readLabels(
  metadata: Readonly<Record<string, unknown>>,
  expected?: readonly string[],
): string[] {
  const labels = parse(metadata[metadataKey]);
  if (!labels) {
    throw new RangeError(
      `readLabels: the metadata must hold ${metadataKey}, a list of names. Save the head with labelMetadata(labels).`,
    );
  }
  if (expected && expected.join('\n') !== labels.join('\n')) {
    throw new RangeError(
      `readLabels: the checkpoint's head must be for ${expected.join(', ')}, got one for ${labels.join(', ')}. ` +
        'Load the encoder alone and put a new head on it.',
    );
  }
  return labels;
}

/**
 * Makes sure that what a checkpoint lacks is the new head and nothing else: a lenient load that also missed
 * part of the encoder would train from scratch without a word.
 *
 * @param report - of a load that was not strict
 * @throws RangeError naming what is missing beyond the head, or that nothing matched
 */
export function requireOnlyHeadMissing(
  report: { readonly missing: readonly string[]; readonly matched: readonly string[] },
  headPrefix = 'head.',
): void {
  const beyond = report.missing.filter((path) => !path.startsWith(headPrefix));
  if (beyond.length === 0 && report.matched.length > 0) return;
  const shown = beyond.slice(0, 5).join(', ') + (beyond.length > 5 ? ` and ${beyond.length - 5} more` : '');
  throw new RangeError(
    `requireOnlyHeadMissing: a checkpoint may lack only ${headPrefix}…, got also missing: ${shown || 'everything'}. ` +
      'Is its prefix another, or its architecture?',
  );
}

function parse(value: unknown): string[] | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    const labels: unknown = JSON.parse(value);
    return Array.isArray(labels) && labels.every((label) => typeof label === 'string') ? labels : undefined;
  } catch {
    return undefined;
  }
}
