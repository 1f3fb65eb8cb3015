/** A loss that is NaN or infinite; the variables were put back to the last weights known to be good. */
export class NonFiniteLossError extends Error {
  override readonly name = 'NonFiniteLossError';
  readonly code = 'NON_FINITE_LOSS';
  /** The step whose loss was not finite, from 0. */
  readonly step: number;
  readonly loss: number;
  /** NaN if the first loss already was not finite. */
  readonly lastFiniteLoss: number;
  /** The rate of that step, where the optimizer tells it. */
  readonly learningRate: number | undefined;
  /** Length of the gradient before clipping, where `clipNorm` is set. */
  readonly gradientNorm: number | undefined;
  /** The number of updates the variables now have behind them; undefined if they were left as they are. */
  readonly restoredStep: number | undefined;

  constructor(
    message: string,
    facts: Pick<
      NonFiniteLossError,
      'step' | 'loss' | 'lastFiniteLoss' | 'learningRate' | 'gradientNorm' | 'restoredStep'
    >,
  ) {
    super(message);
    this.step = facts.step;
    this.loss = facts.loss;
    this.lastFiniteLoss = facts.lastFiniteLoss;
    this.learningRate = facts.learningRate;
    this.gradientNorm = facts.gradientNorm;
    this.restoredStep = facts.restoredStep;
  }
}

/** A checkpoint that belongs to another run; nothing was loaded. */
export class ResumeError extends Error {
  override readonly name = 'ResumeError';
  readonly code = 'RESUME_MISMATCH';
}
