import type { Interval } from '@warmstart/transfer';

export type ArmName = 'scratch' | 'frozen' | 'finetune' | 'guided' | 'guided-shuffled';

/** One way of using 20 labels, over all paired draws. */
export interface ArmResult<Name extends string = ArmName> {
  name: Name;
  /** Share of test rows classified right, in [0, 1]. */
  accuracy: Interval;
  /** Area under the ROC curve on test rows, one against the rest averaged over classes, in [0, 1]. */
  rocAuc: Interval;
  /** Accuracy minus that of `scratch` on the same draw. */
  gainOverScratch: Interval;
  /** What validation rows chose for this arm; or that each draw's own labels chose. */
  chosen: { learningRate: number; steps: number } | { l2: number } | { by: 'labels' };
}

/** What `warmstart quickstart --json` prints for one data set. */
export interface QuickstartResult {
  dataset: string;
  origin: string;
  rows: number;
  distinctRows: number;
  labels: number;
  /** Paired label draws; each arm sees the same ones. */
  seeds: number;
  seed: number;
  backend: string;
  seconds: number;
  pretrain: {
    steps: number;
    rows: number;
    /** On fixed masks over validation rows. */
    maskedLossBefore: number;
    maskedLossAfter: number;
    /** Of rebuilding every hidden value by its mean, or its frequency, in the training rows. */
    baselineLoss: number;
  };
  /** Settings chosen by labelled validation rows, which somebody with so few labels does not have. */
  arms: ArmResult[];
  /** Logistic regression on the raw features with the same labels. */
  reference: ArmResult<'logistic-regression'>;
  /** The same arms, their settings chosen by the drawn labels alone: the honest figures. */
  byLabels: { arms: ArmResult[]; reference: ArmResult<'logistic-regression'>; gainOverShuffled: Interval };
  guides: {
    formula: string;
    scouts: number;
    rejected: number;
    /** Rank correlation between the guides of one half of the scouts and of the other, in [-1, 1]. */
    reliability: number;
    /** (Σg)² / Σg² over the number of weights, in (0, 1]. */
    effectiveShare: number;
    /** Accuracy of `guided` minus that of `guided-shuffled` on the same draw. */
    gainOverShuffled: Interval;
  };
  found: string;
  artifacts: { encoder: string; encoderPt: string; guides: string; report: string };
}
