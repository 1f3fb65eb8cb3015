import type { EncoderKind } from './rebuilder.js';

/** How the arms of one study are measured. */
export interface FewLabelsPlan {
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
  /** Default: all of them. */
  arms?: readonly ArmName[];
}

/** One table of the experiment: a data set, what learns on it, and how that is measured. */
export interface Study {
  dataset: string;
  encoder: EncoderKind;
  plan: FewLabelsPlan;
}

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

export const fullPlan: FewLabelsPlan = {
  labelCounts: [20, 100, 10, 500],
  draws: 10,
  pretrainSeeds: [0, 1, 2],
  pretrainSteps: 2000,
  lookEvery: 25,
  steps: 200,
  learningRates: [1e-4, 1e-3],
  l2: [0.1, 1, 10, 100],
};

/** Without the autoencoder that sees everything. */
const maskedArms = armNames.filter((name) => !name.startsWith('unmasked'));

/** The digits' remaining arms, in a table of their own: they cost as much as all others. */
const controlArms: readonly ArmName[] = ['scratch', 'unmasked: probe then tune', 'masked: full tuning'];

/** For encoders whose steps cost more. */
const smallPlan: FewLabelsPlan = {
  ...fullPlan,
  labelCounts: [20],
  draws: 5,
  pretrainSeeds: [0],
  pretrainSteps: 500,
  lookEvery: 100,
  arms: maskedArms.filter((name) => !name.endsWith('tune') && !name.endsWith('tuning')),
};

const digitsPlan: FewLabelsPlan = {
  ...fullPlan,
  labelCounts: [20, 100],
  pretrainSteps: 6000,
  lookEvery: 50,
  arms: maskedArms.filter((name) => name !== 'masked: full tuning'),
};

/** What `npm run experiments -- few-labels` measures, in this order. */
export const fullStudies: readonly Study[] = [
  { dataset: 'dna-splice', encoder: 'mlp', plan: { ...fullPlan, learningRates: [3e-4, 3e-3] } },
  { dataset: 'spambase', encoder: 'mlp', plan: fullPlan },
  { dataset: 'mnist-10k', encoder: 'mlp', plan: digitsPlan },
  { dataset: 'mnist-10k', encoder: 'mlp', plan: { ...digitsPlan, labelCounts: [20], arms: controlArms } },
  {
    dataset: 'mnist-10k',
    encoder: 'conv',
    plan: smallPlan,
  },
  {
    dataset: 'dna-splice',
    encoder: 'transformer',
    plan: smallPlan,
  },
];

/** Small enough to show in a minute that everything runs. */
export const quickStudies: readonly Study[] = [
  {
    dataset: 'dna-splice',
    encoder: 'mlp',
    plan: { ...fullPlan, labelCounts: [20], draws: 3, pretrainSeeds: [0], pretrainSteps: 1500 },
  },
];

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
  encoder: EncoderKind;
  seed: number;
  trainRows: number;
  testRows: number;
  /** Where an arm is pre-trained by masking. */
  maskedLoss?: { before: number; after: number };
  seconds: { pretrain: number; all: number };
  /** Only those of the plan. */
  arms: Partial<Record<ArmName, ArmTrials>>;
}
