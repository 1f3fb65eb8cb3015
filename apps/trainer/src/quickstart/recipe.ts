/** How much of everything: what a run spends. */
export interface Plan {
  /** Sizes of the encoder's layers. */
  hidden: readonly number[];
  labels: number;
  /** Paired draws of labels. */
  draws: number;
  pretrain: { steps: number; batchSize: number; learningRate: number };
  scouts: { count: number; clusters: number; steps: number; batchSize: number; learningRate: number };
  /** Tried in every arm that trains the encoder; the best pair on validation data is kept, arm by arm. */
  tuning: { learningRates: readonly number[]; steps: readonly number[]; warmupSteps: number };
  /** Tried in the arms that fit a linear model. */
  l2: readonly number[];
  weightDecay: number;
}

/** How the method is run on one data set. Plain data: it travels to the workers. */
export interface Recipe {
  dataset: 'spambase' | 'dna-splice';
  /** One line for people: what is learned from what. */
  task: string;
  /** Features that are one thing and are hidden together, e.g. the 4 columns of a one-hot nucleotide. */
  groupSize: number;
  /** How a hidden feature is rebuilt: a number by its squared error, a category by its cross-entropy. */
  reconstruction: 'squared-error' | 'cross-entropy';
  /** Share of the groups to hide. */
  maskRatio: number;
  plan: Plan;
}

/** What a run spends, chosen on validation data of seed 0. */
export const fullPlan: Plan = {
  hidden: [256, 128],
  labels: 20,
  draws: 10,
  pretrain: { steps: 800, batchSize: 128, learningRate: 1e-3 },
  scouts: { count: 24, clusters: 12, steps: 60, batchSize: 64, learningRate: 1e-3 },
  tuning: { learningRates: [3e-5, 1e-4, 3e-4, 1e-3], steps: [10, 25, 50, 100, 200], warmupSteps: 20 },
  l2: [0.1, 1, 10, 100],
  weightDecay: 1e-4,
};

/** Enough to see every part run; its numbers prove nothing. */
export const quickPlan: Plan = {
  ...fullPlan,
  draws: 3,
  pretrain: { ...fullPlan.pretrain, steps: 100 },
  scouts: { ...fullPlan.scouts, count: 6, steps: 10 },
  tuning: { ...fullPlan.tuning, learningRates: [3e-4], steps: [10, 25] },
  l2: [1],
};

/** A share of 0.5 and zeros in place of what is hidden measured best for tables: by column, and by nucleotide. */
export const recipes: readonly Recipe[] = [
  {
    dataset: 'spambase',
    task: 'tell spam from other mail by 57 word, character and capital counts',
    groupSize: 1,
    reconstruction: 'squared-error',
    maskRatio: 0.5,
    plan: fullPlan,
  },
  {
    dataset: 'dna-splice',
    task: 'find donor and acceptor splice sites in 60 nucleotides of DNA',
    groupSize: 4,
    reconstruction: 'cross-entropy',
    maskRatio: 0.5,
    plan: fullPlan,
  },
];
