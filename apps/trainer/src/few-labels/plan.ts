/** What the few-labels experiment varies and what it holds fixed. */
export interface FewLabelsPlan {
  datasets: readonly string[];
  labelCounts: readonly number[];
  draws: number;
  pretrainSeeds: readonly number[];
  pretrainSteps: number;
  /** Steps between two looks at the validation rows; the last look of the best setting counts. */
  lookEvery: number;
  steps: number;
  learningRates: readonly number[];
  /** Strengths of the linear models' penalty. */
  l2: readonly number[];
}

export const fullPlan: FewLabelsPlan = {
  datasets: ['dna-splice', 'spambase', 'mnist-10k'],
  labelCounts: [10, 20, 100, 500],
  draws: 10,
  pretrainSeeds: [0, 1, 2],
  pretrainSteps: 2000,
  lookEvery: 25,
  steps: 200,
  learningRates: [1e-4, 1e-3],
  l2: [0.1, 1, 10, 100],
};

/** Small enough to show in a minute that everything runs. */
export const quickPlan: FewLabelsPlan = {
  ...fullPlan,
  datasets: ['dna-splice'],
  labelCounts: [20],
  draws: 3,
  pretrainSeeds: [0],
  pretrainSteps: 1500,
  learningRates: [1e-4, 1e-3],
};

/** What is compared. Every arm that trains gets the same rates and steps, every linear one the same penalties. */
export const armNames = [
  'logistic regression',
  'scratch',
  'random frozen encoder',
  'unmasked: probe then tune',
  'unmasked: full tuning',
  'masked: frozen probe',
  'masked: probe then tune',
  'masked: full tuning',
] as const;

export type ArmName = (typeof armNames)[number];

/** How one setting of one arm did on one draw. */
export interface Trial {
  setting: string;
  validation: number;
  test: number;
}

/** Trials of one arm by number of labels, then draw. */
export type ArmTrials = Record<string, Trial[][]>;

/** Everything measured with one pre-training seed. */
export interface SeedResult {
  dataset: string;
  seed: number;
  trainRows: number;
  testRows: number;
  maskedLoss: { before: number; after: number };
  seconds: { pretrain: number; all: number };
  arms: Record<ArmName, ArmTrials>;
}
