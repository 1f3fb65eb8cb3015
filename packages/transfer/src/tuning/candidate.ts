import type { HostTensor } from '@warmstart/shapes';

/** How a model may be made from labelled rows. */
export const tunings = ['linear', 'head', 'full', 'gradual', 'bit-fit'] as const;

/**
 * - `linear`: logistic or ridge regression on the prepared columns themselves, without an encoder;
 * - `head`: the same on the features of the frozen encoder;
 * - `full`: the head first, then encoder and head together;
 * - `gradual`: the same, layer by layer from the head down;
 * - `bit-fit`: the head first, then biases and head.
 */
export type Tuning = (typeof tunings)[number];

/** One way that was tried, at its best setting, as the judging rows saw it. */
export interface Candidate {
  readonly tune: Tuning;
  readonly l2: number;
  /** Of those that train the encoder. */
  readonly learningRate?: number;
  readonly steps?: number;
  /** Mean loss on rows that were not learned from. */
  readonly loss: number;
  /** The loss of each judging row, in the same order for all candidates. */
  readonly rowLosses: Float64Array;
  /** Outputs for the judging rows, of all repeats, and their targets: for the temperature. */
  readonly heldOut: { readonly outputs: HostTensor; readonly targets: Float64Array };
}

/** How much better the second is, row by row: the mean difference and its standard error. */
export function improvement(
  simple: Pick<Candidate, 'rowLosses'>,
  other: Pick<Candidate, 'rowLosses'>,
): { readonly mean: number; readonly error: number } {
  const differences = simple.rowLosses.map((loss, row) => loss - (other.rowLosses[row] as number));
  const count = Math.max(1, differences.length);
  const mean = differences.reduce((sum, value) => sum + value, 0) / count;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  return { mean, error: Math.sqrt(variance / count) };
}

/** Standard errors by which a trained encoder must be better, of few judging rows and of many. */
const [cautionOfFew, cautionOfMany, many] = [2, 1, 100] as const;
/** The least gain in the log likelihood of all judging rows, in nats, for which an encoder is trained. */
const leastGain = 2;

/**
 * The candidate to keep. A linear model on the columns stands unless the encoder's features are better, and the better
 * of both unless a trained encoder is by more than a standard error of the paired differences, or two where few rows
 * judge: what is more complicated must show that it is worth it.
 *
 * @param candidates - at least one
 * @param options.headCaution - standard errors by which `head` must be better than `linear`
 */
export function bestCandidate<Kind extends Candidate>(
  candidates: readonly Kind[],
  { headCaution }: { headCaution: number },
): Kind {
  const byLoss = [...candidates].sort((left, right) => left.loss - right.loss);
  const [best] = byLoss;
  if (!best) throw new RangeError('bestCandidate: there must be at least one candidate, got none.');
  const linear = byLoss.find(({ tune }) => tune === 'linear');
  const head = byLoss.find(({ tune }) => tune === 'head');
  const simplest = linear && head ? (isBetter(linear, head, headCaution) ? head : linear) : (linear ?? head);
  const trained = byLoss.find(({ tune }) => tune !== 'linear' && tune !== 'head');
  if (!simplest || !trained) return simplest ?? best;
  const caution = trained.rowLosses.length < many ? cautionOfFew : cautionOfMany;
  const gain = improvement(simplest, trained).mean * trained.rowLosses.length;
  return isBetter(simplest, trained, caution) && gain > leastGain ? trained : simplest;
}

function isBetter(simple: Candidate, other: Candidate, caution: number): boolean {
  const { mean, error } = improvement(simple, other);
  return mean > caution * error;
}
