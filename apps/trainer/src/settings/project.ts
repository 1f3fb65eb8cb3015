import { z } from 'zod';
import { backendNames } from './backend-names.js';
import { columnTypes, countValues, dataFormats, encodings, tunings } from './choices.js';

const share = z.number().gt(0).lt(1);
const shareOrNone = z.number().min(0).lt(1);
const count = z.int().min(1);

/** What every command that reads data takes: at the top of a config file, it holds for all of them. */
export const dataSettings = {
  data: z.string().describe('your own file or folder, or a data set by name (spambase, dna-splice, …)'),
  format: z
    .enum(['auto', ...dataFormats])
    .describe('format of the data; auto goes by content, name and ending')
    .default('auto'),
  label: z
    .string()
    .describe('the column to predict; guessed where it is left out, and the guess is shown')
    .optional(),
  task: z
    .enum(['auto', 'classes', 'number'])
    .describe('whether the label column holds classes or a number to predict')
    .default('auto'),
  ignore: z.array(z.string()).describe('columns to leave out, e.g. [id, name]').default([]),
  types: z
    .record(z.string(), z.enum(columnTypes))
    .describe('types of columns that are not to be guessed, e.g. {zip: category}')
    .default({}),
  missing: z
    .array(z.string())
    .describe('words for a missing value, besides empty, NA, ?, null and the like')
    .default([]),
  missingValues: z
    .array(z.string())
    .describe('all words for a missing value, in place of the known ones')
    .optional(),
  unknown: z
    .enum(['error', 'missing'])
    .describe('words, classes and genes that the model has not seen: an error, or missing values')
    .default('error'),
  quote: z.string().describe('the mark around cells').optional(),
  delimiter: z.string().min(1).describe('the mark between cells, e.g. ;').optional(),
  encoding: z.enum(encodings).describe('how the bytes of a table are letters').optional(),
  decimal: z.enum(['.', ',']).describe('the decimal mark of numbers').optional(),
  thousands: z.string().describe('the mark between groups of digits, e.g. .').optional(),
  dateOrder: z
    .enum(['day-first', 'month-first'])
    .describe('which number of 03/04/2021 is the day')
    .optional(),
  sheet: z.string().describe('which sheet of a workbook').optional(),
  header: z.boolean().describe('whether the first row names the columns').optional(),
  splitColumn: z.string().describe('a column that holds train, validation or test').optional(),
  splits: z
    .strictObject({ validation: shareOrNone, test: shareOrNone })
    .describe('shares of the rows that are held out, drawn by class; equal rows stay together')
    .refine(({ validation, test }) => validation + test < 1, { message: 'must sum to less than 1' })
    .default({ validation: 0.2, test: 0.2 }),
  imageSize: z.int().min(8).max(512).describe('side of a training image, in pixels').default(32),
  textLength: z.int().min(4).max(512).describe('tokens per text').default(64),
  genes: count.describe('genes of a count matrix that are kept, those that vary most').default(1000),
  values: z.enum(countValues).describe('what a count matrix holds').optional(),
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
    .describe('vocab.txt of a text network, where it is not beside the weights')
    .optional(),
  labels: count
    .describe('labelled rows to learn from; all that are not test rows where it is left out')
    .optional(),
  tune: z
    .enum(tunings)
    .describe('what learns; auto: what the labelled rows themselves show to be best')
    .default('auto'),
  hidden: z.array(count).min(1).describe("sizes of the encoder's layers, from scratch").default([256, 128]),
  steps: count
    .describe('training steps of one trial at most; by the number of rows where it is left out')
    .optional(),
  batchSize: count.describe('rows per batch').optional(),
  learningRate: z.number().gt(0).describe('one learning rate instead of a choice of several').optional(),
  weightDecay: z.number().min(0).default(1e-4),
  l2: z.number().gt(0).describe('penalty of linear models instead of a choice of several').optional(),
  classWeights: z
    .enum(['none', 'balanced'])
    .describe('balanced: rows of rare classes count more')
    .default('none'),
  compile,
  checkpointEvery,
};

export const compareSettings = {
  from: z.string().describe('a pre-trained encoder; without it, one is pre-trained first').optional(),
  labels: count.describe('labelled rows per draw').default(20),
  draws: count.describe('paired draws of labels').default(5),
  steps: count.describe('pre-training steps').default(2000),
};

export const evaluateSettings = {
  all: z
    .boolean()
    .describe('score all rows: the file is an outside test set. Otherwise rows it learned from are left out')
    .default(false),
};

export const scoutSettings = {
  from: z.string().describe('the encoder that the guides are for (a file that pretrain wrote)').optional(),
  by: z
    .enum(['clusters', 'classes'])
    .describe('what scouts on your rows learn: to tell clusters apart, or pairs of classes')
    .default('clusters'),
  scouts: z.int().min(2).describe('how many scouts are trained on your rows').default(24),
  module: z
    .string()
    .describe('your JavaScript instead: default export trains one scout, export subproblems')
    .optional(),
  base: z.string().describe('with a module: the pre-trained weights, in any format').optional(),
  at: z.string().describe('where in that checkpoint the state dict is').optional(),
  store: z.string().describe('keeps every finished scout').optional(),
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
  scout: z.strictObject({
    ...dataSettings,
    data: dataSettings.data.optional(),
    ...runSettings,
    ...scoutSettings,
  }),
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
