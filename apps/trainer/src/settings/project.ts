import { z } from 'zod';
import { backendNames } from './backend-names.js';

const share = z.number().gt(0).lt(1);
const count = z.int().min(1);

/** What every command that reads data takes: at the top of a config file, it holds for all of them. */
export const dataSettings = {
  data: z.string().describe('your own file or folder, or a data set by name (spambase, dna-splice, …)'),
  format: z
    .enum(['auto', 'csv', 'tsv', 'jsonl', 'parquet', 'images', 'texts', 'counts'])
    .describe('what the data is; auto goes by names and endings')
    .default('auto'),
  label: z
    .string()
    .describe('the column to predict; guessed where it is left out, and the guess is shown')
    .optional(),
  task: z
    .enum(['auto', 'classes', 'number'])
    .describe('whether the label column holds classes or a number to predict')
    .default('auto'),
  ignore: z.array(z.string()).describe('columns that are not features, e.g. [id, name]').default([]),
  missing: z
    .array(z.string())
    .describe('words for a missing value, besides empty, NA, ?, null and the like')
    .default([]),
  splitColumn: z.string().describe('a column that holds train, validation or test').optional(),
  splits: z
    .strictObject({ train: share, validation: share, test: share })
    .describe('shares of the rows, drawn by class; equal rows stay together')
    .refine(({ train, validation, test }) => train + validation + test <= 1 + 1e-9, {
      message: 'must sum to at most 1',
    })
    .default({ train: 0.6, validation: 0.2, test: 0.2 }),
  imageSize: z.int().min(8).max(512).describe('side of a training image, in pixels').default(32),
  textLength: z.int().min(4).max(512).describe('tokens of a text').default(64),
  genes: count.describe('of a count matrix: the most varying genes are kept').default(1000),
};

/** What every command takes. */
export const runSettings = {
  seed: z.int().min(0).describe('base of every random stream').default(0),
  backend: z.enum(backendNames).describe('TensorFlow.js backend').default('auto'),
};

const checkpointEvery = count
  .describe('steps between checkpoints; one a minute is saved in any case')
  .default(250);

const compile = z
  .enum(['auto', 'always', 'never'])
  .describe('whether steps run natively, with onnxruntime-node')
  .default('auto');

export const pretrainSettings = {
  hidden: z.array(count).min(1).describe("sizes of the encoder's layers").default([256, 128]),
  maskRatio: share.describe('share to hide; by kind of data where it is left out').optional(),
  steps: count.describe('training steps').default(3000),
  batchSize: count.describe('rows per batch').default(128),
  learningRate: z.number().gt(0).describe('highest learning rate, after the warm-up').default(1e-3),
  compile,
  checkpointEvery,
};

export const strategies = ['probe-then-tune', 'head-only', 'full', 'gradual', 'bit-fit'] as const;

export const finetuneSettings = {
  from: z
    .string()
    .describe('a pre-trained encoder (a file that pretrain wrote); without it, from scratch')
    .optional(),
  guides: z
    .string()
    .describe('guides of that encoder (a file that scout wrote): how far each weight may move')
    .optional(),
  model: z.string().describe('a published network, e.g. resnet50: its features, frozen').optional(),
  weights: z.string().describe('the file with its published weights').optional(),
  vocabulary: z
    .string()
    .describe('vocab.txt or tokenizer.json of a text network, where it lies elsewhere')
    .optional(),
  labels: count.describe('labelled rows to learn from; all training rows where it is left out').optional(),
  strategy: z.enum(strategies).describe('what learns, and when').default('probe-then-tune'),
  hidden: z.array(count).min(1).describe("sizes of the encoder's layers, from scratch").default([256, 128]),
  steps: count.describe('training steps').default(150),
  batchSize: count.describe('rows per batch').default(32),
  learningRate: z
    .number()
    .gt(0)
    .describe('1e-4 after a probe, otherwise 1e-3, where it is left out')
    .optional(),
  weightDecay: z.number().min(0).default(1e-4),
  l2: z.number().gt(0).describe('strength of the penalty of the first probe').default(1),
  compile,
  checkpointEvery,
};

export const compareSettings = {
  labels: count.describe('labelled rows of a draw').default(20),
  draws: count.describe('paired draws of labels').default(5),
  steps: count.describe('pre-training steps').default(2000),
};

export const evaluateSettings = {
  split: z.enum(['train', 'validation', 'test']).describe('which rows').default('test'),
};

export const scoutSettings = {
  module: z
    .string()
    .describe('your JavaScript: default export trains one scout, export subproblems')
    .optional(),
  base: z.string().describe('the pre-trained weights, in any format').optional(),
  at: z.string().describe('where in that checkpoint the state dict is').optional(),
  store: z.string().describe('keeps every finished scout').default('warmstart-runs/scouts'),
  workers: count.describe('worker threads; one a core where it is left out').optional(),
};

const sections = {
  pretrain: z.strictObject(pretrainSettings),
  finetune: z.strictObject(finetuneSettings),
  evaluate: z.strictObject(evaluateSettings),
  predict: z.strictObject({}),
  compare: z.strictObject(compareSettings),
  scout: z.strictObject(scoutSettings),
};

export type RunCommand = keyof typeof sections;

/** The settings of one command, resolved: its own section on top of what holds for all. */
export const commandSettings = {
  pretrain: z.strictObject({ ...dataSettings, ...runSettings, ...pretrainSettings }),
  finetune: z.strictObject({ ...dataSettings, ...runSettings, ...finetuneSettings }),
  evaluate: z.strictObject({ ...dataSettings, ...runSettings, ...evaluateSettings }),
  predict: z.strictObject({ ...dataSettings, ...runSettings }),
  compare: z.strictObject({ ...dataSettings, ...runSettings, ...compareSettings }),
  scout: z.strictObject({ ...runSettings, ...scoutSettings }),
} satisfies Record<RunCommand, z.ZodObject>;

export type Settings<Name extends RunCommand> = z.infer<(typeof commandSettings)[Name]>;
export type DataSettings = z.infer<z.ZodObject<typeof dataSettings>>;

/** A config file: shared settings at the top, one section a command, nothing required and nothing else allowed. */
export const projectSchema = z
  .strictObject({
    $schema: z.string().optional(),
    command: z.string().describe('written by runs; not read').optional(),
    out: z.string().describe('the run’s folder').optional(),
    ...partial(dataSettings),
    ...partial(runSettings),
    pretrain: z.strictObject(partial(pretrainSettings)).optional(),
    finetune: z.strictObject(partial(finetuneSettings)).optional(),
    evaluate: z.strictObject(partial(evaluateSettings)).optional(),
    compare: z.strictObject(partial(compareSettings)).optional(),
    scout: z.strictObject(partial(scoutSettings)).optional(),
  })
  .describe('A Warmstart project: warmstart pretrain --config warmstart.yaml');

export type Project = z.infer<typeof projectSchema>;

/** The schema for editors: completion and checks while a config is written. */
export function projectJsonSchema(): unknown {
  return z.toJSONSchema(projectSchema, { io: 'input' });
}

/** Defaults are filled in when a command is resolved, so that a file and a flag are told from a default. */
function partial<Shape extends Record<string, z.ZodType>>(
  shape: Shape,
): { [K in keyof Shape]: z.ZodOptional<z.ZodType<z.input<Shape[K]>>> } {
  const entries = Object.entries(shape).map(([key, type]) => {
    const inner = type instanceof z.ZodDefault ? type.unwrap() : type;
    const described =
      type.description === undefined ? inner : (inner as z.ZodType).describe(type.description);
    return [key, (described as z.ZodType).optional()];
  });
  return Object.fromEntries(entries); // one entry per key of the shape
}
