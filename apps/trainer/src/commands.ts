import type { Command } from 'commander';
import type { Terminal } from './terminal/terminal.js';

/** One command: its options, arguments and help, and what it does. */
export interface CommandModule {
  configure(command: Command, terminal: Terminal): void;
}

interface CommandEntry {
  name: string;
  summary: string;
  load: () => Promise<CommandModule>;
}

/** Every command, in the order of the method. Each is read from disk only when it is asked for. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'quickstart',
    summary: 'the whole method on real data, in two to three minutes',
    load: () => import('./commands/quickstart.js'),
  },
  {
    name: 'pretrain',
    summary: 'learn an encoder from rows without labels, by hiding values and rebuilding them',
    load: () => import('./commands/pretrain.js'),
  },
  {
    name: 'finetune',
    summary: 'put a head on an encoder and learn from few labels',
    load: () => import('./commands/finetune.js'),
  },
  {
    name: 'evaluate',
    summary: 'how well a fine-tuned model does on rows it has not seen',
    load: () => import('./commands/evaluate.js'),
  },
  {
    name: 'predict',
    summary: 'what a fine-tuned model says of new rows, with probabilities',
    load: () => import('./commands/predict.js'),
  },
  {
    name: 'compare',
    summary: 'every way to start, on the same labels, with intervals',
    load: () => import('./commands/compare.js'),
  },
  {
    name: 'export',
    summary:
      'a model for other tools: safetensors, .pt, TensorFlow.js, ONNX, and a README that says what it is',
    load: () => import('./commands/export.js'),
  },
  {
    name: 'runs',
    summary: 'what was run here, how far it came, and what it found',
    load: () => import('./commands/runs.js'),
  },
  {
    name: 'init',
    summary: 'a few questions, and a commented config for your own data',
    load: () => import('./commands/init.js'),
  },
  {
    name: 'inspect',
    summary: 'what is in a checkpoint; nothing in it is run',
    load: () => import('./commands/inspect.js'),
  },
  {
    name: 'convert',
    summary: 'a checkpoint in another format, to the byte',
    load: () => import('./commands/convert.js'),
  },
  {
    name: 'diff',
    summary: 'what two checkpoints have and have not in common',
    load: () => import('./commands/diff.js'),
  },
  {
    name: 'match',
    summary: 'how a checkpoint would fit a model; nothing is written',
    load: () => import('./commands/match.js'),
  },
  {
    name: 'models',
    summary: 'the networks, and the tensors that each one holds',
    load: () => import('./commands/models.js'),
  },
  {
    name: 'scout',
    summary: 'guides for a pre-trained model: scouts on your sub-problems, on one machine or many',
    load: () => import('./commands/scout.js'),
  },
  {
    name: 'worker',
    summary: 'trains scouts from a queue, on as many machines as there are',
    load: () => import('./commands/worker.js'),
  },
  {
    name: 'reduce',
    summary: 'guides from the scouts that shards left in a folder',
    load: () => import('./commands/reduce.js'),
  },
  {
    name: 'data',
    summary: 'data sets: list them, read their cards, verify a copy, see the first rows',
    load: () => import('./commands/data.js'),
  },
  {
    name: 'report',
    summary: 'what finished runs found, side by side, as text and as one page',
    load: () => import('./commands/report.js'),
  },
  {
    name: 'doctor',
    summary: 'what Warmstart finds on this machine, what is missing, and how to get it',
    load: () => import('./commands/doctor.js'),
  },
];
