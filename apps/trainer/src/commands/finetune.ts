import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {
  type EncoderWithHead,
  type LinearHead,
  linearHead,
  planTuning,
  probeFirst,
  type Strategy,
  withHead,
} from '@warmstart/finetune-heads';
import { crossEntropy, type Module, seededRandom } from '@warmstart/nn';
import { adamW, fit } from '@warmstart/training';
import { type Command, Option } from 'commander';
import { startWasm } from '../engine.js';
import { featureCount, makeEncoder } from '../few-labels/encoder.js';
import { readModel, saveModel } from '../few-labels/model-file.js';
import { nestedDraw } from '../few-labels/nested-draw.js';
import { scoreOf } from '../few-labels/score.js';
import { gather, loadTable, type Table } from '../few-labels/table.js';
import { tableNames } from '../few-labels/table-names.js';
import { openRunFolder } from '../run-folder.js';
import type { Terminal } from '../terminal.js';
import { positiveNumber, wholeNumber } from './flags.js';

const strategies = ['probe-then-tune', 'head-only', 'full', 'gradual', 'bit-fit'] as const;

interface Flags {
  data: string;
  encoder?: string;
  labels: number;
  strategy: (typeof strategies)[number];
  steps: number;
  seed: number;
  out: string;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .addOption(new Option('--data <name>', 'what to learn from').choices(tableNames).default('spambase'))
    .option('--encoder <file>', 'a pre-trained encoder; without it, from scratch')
    .option('--labels <n>', 'labelled rows to learn from', positiveNumber, 20)
    .addOption(
      new Option('--strategy <name>', 'what learns, and when').choices(strategies).default('probe-then-tune'),
    )
    .option('--steps <n>', 'updates', positiveNumber, 150)
    .option('--seed <n>', 'base of every random stream, the draw of labels included', wholeNumber, 0)
    .option('--out <folder>', 'the run’s folder', join('warmstart-runs', 'finetune'))
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      '\nExample:\n  warmstart finetune --data dna-splice --encoder runs/dna/checkpoints/encoder.safetensors',
    )
    .action((flags: Flags) => finetune(flags, terminal));
}

async function finetune(flags: Flags, terminal: Terminal): Promise<void> {
  const { data, encoder, labels, strategy, seed, out, json } = flags;
  const folder = openRunFolder(out);
  const { backend } = await startWasm();
  const table = await loadTable(data);
  const from = encoder ? (await readModel(encoder, data, terminal)).weights : seed;
  const rows = nestedDraw(table.train.labels, table.classCount, seededRandom(seed, 'finetune', 'draw')).slice(
    0,
    labels,
  );
  const head = linearHead(featureCount, table.classCount, { random: seededRandom(seed, 'head') });
  const model = withHead(makeEncoder(table, from), head);
  await tune(table, model, rows, flags, terminal.signal);
  const validation = await scoreOf(table.validation, table.width, (x) => model.call(x));
  const file = folder.file('checkpoints', 'model.safetensors');
  const weights = new Map<string, { data: Float32Array; shape: number[] }>();
  for (const { path, variable } of model.namedVariables()) {
    weights.set(path, { data: (await variable.data()).slice() as Float32Array, shape: variable.shape });
  }
  await saveModel(file, { weights, metadata: { dataset: data, kind: 'classifier', strategy } });
  model.dispose();
  const result = {
    dataset: data,
    labels: rows.length,
    strategy,
    seed,
    backend,
    pretrained: Boolean(encoder),
    validation,
    model: file,
  };
  folder.write('finetune.json', `${JSON.stringify(result, null, 2)}\n`);
  const accuracy = (100 * validation.accuracy).toFixed(1);
  terminal.out(
    json
      ? JSON.stringify(result)
      : `${accuracy} % of validation rows right with ${rows.length} labels. Model: ${file}`,
  );
}

async function tune(
  table: Table,
  model: EncoderWithHead<Module, LinearHead>,
  rows: readonly number[],
  { strategy, steps, seed }: Flags,
  signal: AbortSignal,
): Promise<void> {
  const labelsOf = (chosen: readonly number[]) => chosen.map((row) => table.train.labels[row] as number); // rows of the table
  const inputs = (chosen: readonly number[]) =>
    tf.tensor2d(gather(table.train, table.width, chosen), [chosen.length, table.width]);
  if (strategy === 'probe-then-tune') {
    const batch = inputs(rows);
    await probeFirst(model, { batches: [batch], labels: labelsOf(rows) });
    batch.dispose();
  }
  const plan = planTuning(model, strategyOf(strategy, steps));
  const rate = strategy === 'probe-then-tune' ? 1e-4 : 1e-3;
  const { all, variables, learningRateScales } = plan;
  const optimizer = adamW({ variables: all, learningRate: rate, learningRateScales, weightDecay: 1e-4 });
  const batchSize = Math.min(32, rows.length);
  await fit({
    variables,
    model,
    optimizer,
    steps,
    signal,
    batches: ({ step }) => {
      const draw = seededRandom(seed, 'batch', step);
      const chosen = Array.from(
        { length: batchSize },
        () => rows[Math.floor(draw() * rows.length)] as number,
      );
      return { x: inputs(chosen), labels: tf.tensor1d(labelsOf(chosen), 'int32') };
    },
    loss: ({ x, labels }) => crossEntropy(model.call(x, { training: true }), labels),
  });
  optimizer.dispose();
}

function strategyOf(name: Flags['strategy'], steps: number): Strategy {
  if (name === 'probe-then-tune') return { kind: 'full', layerDecay: { decay: 1 } };
  if (name === 'gradual')
    return { kind: 'gradual', by: 'step', unfreezeAt: [Math.max(1, Math.floor(steps / 3))] };
  return { kind: name };
}
