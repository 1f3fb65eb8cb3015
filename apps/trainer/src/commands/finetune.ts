import { join } from 'node:path';
import type { StateDict } from '@warmstart/shapes';
import {
  type FinetuneOptions,
  finetune,
  type Model,
  openEncoder,
  type PretrainedEncoder,
  type Rows,
} from '@warmstart/transfer';
import { type Command, Option } from 'commander';
import { compiling } from '../compiling.js';
import type { NetworkOrigin } from '../models/network-origin.js';
import { writeTuningReport } from '../report/tuning-report.js';
import { type CommandCall, runCommand, type StartedRun } from '../runs/command-run.js';
import { judgedRows } from '../runs/judged-rows.js';
import { saveSplits } from '../runs/save-splits.js';
import { printLossCurve, trainingProgress } from '../runs/training-progress.js';
import { readGuides } from '../scouting/guides-file.js';
import { tunings } from '../settings/choices.js';
import { positiveNumber } from '../settings/flags.js';
import type { Settings } from '../settings/project.js';
import { addDataFlags, addRunFlags, addTrainingFlags, type RunFlags, sizes } from '../settings/run-flags.js';
import { openRows } from '../sources/open-rows.js';
import { UsageError } from '../terminal/failure.js';
import { scoresText } from '../terminal/scores-text.js';
import { shownPath } from '../terminal/shown-path.js';
import type { Terminal } from '../terminal/terminal.js';

/** What `warmstart finetune --json` prints. */
export interface FinetuneResult {
  command: 'finetune';
  dataset: string;
  origin: string;
  label: string;
  classes?: readonly string[];
  /** Labelled rows that it learned from. */
  labels: number;
  seed: number;
  backend: string;
  pretrained: boolean;
  guided: boolean;
  /** On test rows. */
  metrics: Readonly<Record<string, number>>;
  /** The same for knowing only the class shares, or the mean, of the labelled rows. */
  baseline: Readonly<Record<string, number>>;
  /** What was tried and chosen, and by which rows. */
  chosen: Readonly<Record<string, unknown>>;
  model: string;
  report: string;
}

const defaultOut = join('warmstart-runs', 'finetune');

export function configure(command: Command, terminal: Terminal): void {
  addRunFlags(command, { what: 'the run’s folder', defaultOut });
  addTrainingFlags(addDataFlags(command))
    .option('--from <file>', 'the encoder.safetensors of a pretrain run; without it, from scratch')
    .addOption(new Option('--encoder <file>', 'the same as --from').hideHelp())
    .option('--guides <file>', 'guides.safetensors of warmstart scout: how far each weight may move')
    .option('--model <name>', 'a published network: its features, frozen (warmstart models)')
    .option('--weights <file>', 'the file with its published weights, e.g. resnet50-11ad3fa6.pth')
    .option(
      '--vocabulary <file>',
      'tokenizer.json or vocab.txt of a text network (default: beside the weights)',
    )
    .option('--labels <n>', 'labelled rows to learn from (default: all but the test rows)', positiveNumber)
    .addOption(
      new Option('--tune <what>', 'what learns (default: auto, what the labels show to be best)').choices(
        tunings,
      ),
    )
    .option('--hidden <sizes>', "sizes of the encoder's layers, from scratch (default: 256,128)", sizes)
    .addHelpText(
      'after',
      `
Puts a head on an encoder and learns from labelled rows. These rows themselves decide how: by cross-validation, or
with a thousand and more by a fifth of them. Test rows score the result and decide nothing.

Examples:
  warmstart finetune --data my.csv --label diagnosis --from runs/mine/checkpoints/encoder.safetensors
  warmstart finetune --data my.csv --label price --task number          from scratch
  warmstart finetune --data my.csv --from runs/guides/base.safetensors --guides runs/guides/guides.safetensors
  warmstart finetune --model resnet50 --weights resnet50-11ad3fa6.pth --data photos/
  warmstart finetune --resume --out runs/mine-tuned`,
    )
    .action((words: string[], { encoder, ...flags }: RunFlags) => {
      const from = flags.from ?? encoder;
      return run({ words, flags: from === undefined ? flags : { ...flags, from }, defaultOut, terminal });
    });
}

/** A model from labelled rows, kept in a run folder. */
function run(call: CommandCall): Promise<void> {
  return runCommand('finetune', call, { work: finetuneInto, textOf });
}

async function finetuneInto(started: StartedRun<'finetune'>): Promise<FinetuneResult> {
  const { run, settings, engine, terminal } = started;
  const { seed, splits, compile } = settings;
  const start = await startOf(settings, terminal);
  const options = optionsOf(settings, start);
  const { rows, encoder } = start;
  await saveSplits(run, rows, { splits, seed, labels: { count: settings.labels }, terminal });
  const progress = trainingProgress(terminal, 'finetune', undefined);
  const { onEvent, ...steering } = compiling(compile, progress.note, progress.onEvent);
  const model = await finetune(rows, {
    ...options,
    ...(encoder ? { from: encoder } : {}),
    ...(start.guides ? { guides: start.guides } : {}),
    ...steering,
    ...(await run.fitHooks(settings.checkpointEvery, onEvent)),
  }).finally(progress.stop);
  try {
    printLossCurve(run, terminal);
    const file = run.folder.file('checkpoints', 'model.safetensors');
    await saveModel(model, start, file);
    const result: FinetuneResult = {
      ...summaryOf(model, start),
      seed,
      backend: engine.backend,
      model: file,
      report: run.folder.file('report.html'),
    };
    await writeTuningReport(run, {
      title: 'Fine-tuning',
      model,
      rows,
      judged: await judgedRows(model, rows, { test: splits, signal: terminal.signal }),
      judgedName: 'test',
      scores: model.metrics,
      baseline: model.baseline,
      ...(start.guides ? { guides: start.guides } : {}),
    });
    return result;
  } finally {
    model.dispose();
  }
}

/** What fine-tuning starts from, and the rows as that takes them. */
interface Start {
  rows: Rows;
  encoder?: PretrainedEncoder;
  guides?: StateDict;
  network?: NetworkOrigin;
}

async function startOf(settings: Settings<'finetune'>, terminal: Terminal): Promise<Start> {
  const { from, model, weights, guides } = settings;
  if (guides !== undefined && (from === undefined || model !== undefined)) {
    throw new UsageError(
      'finetune: --guides needs --from: the base.safetensors that warmstart scout wrote beside them.',
    );
  }
  if (model !== undefined || weights !== undefined) return publishedStart(settings, terminal);
  if (from === undefined) return { rows: await openRows(settings, terminal) };
  const encoder = await openEncoder(from);
  const rows = await openRows(settings, terminal, { input: encoder.card.input });
  if (guides === undefined) return { rows, encoder };
  return { rows, encoder, guides: await readGuides(guides, encoder.weights, terminal) };
}

/** The features of a published network in place of the rows. */
async function publishedStart(settings: Settings<'finetune'>, terminal: Terminal): Promise<Start> {
  const { from, model, weights, vocabulary, tune } = settings;
  if (from !== undefined) throw new UsageError('finetune: --from and --model exclude each other.');
  if (tune !== 'auto' && tune !== 'head') {
    throw new UsageError(
      `finetune: --model gives frozen features, of which a head learns: --tune must be head, got ${tune}. Leave it out.`,
    );
  }
  const { openNetwork, requireNetworkFiles } = await import('../models/published-network.js');
  const files = requireNetworkFiles({ model, weights, vocabulary });
  const network = await openNetwork(files, terminal);
  const { featureRows } = await import('../models/feature-rows.js');
  const rows = await openRows(settings, terminal, { input: network.input });
  return { rows: featureRows(rows, network, terminal), network: network.origin };
}

function optionsOf(settings: Settings<'finetune'>, { network }: Start): FinetuneOptions {
  const { seed, splits, hidden, weightDecay, classWeights, tune } = settings;
  if (tune === 'lora') {
    throw new UsageError(
      'finetune: --tune lora is for encoders with attention layers of a published network, which are used frozen so far. Use full, bit-fit or head.',
    );
  }
  const { labels, steps, batchSize, learningRate, l2 } = settings;
  const stated = Object.entries({ labels, steps, batchSize, learningRate, l2 });
  return {
    ...{ seed, splits, hidden, weightDecay, classWeights },
    tune: network ? 'linear' : tune,
    ...(Object.fromEntries(stated.filter(([, value]) => value !== undefined)) as FinetuneOptions),
  };
}

async function saveModel(model: Model, { network }: Start, file: string): Promise<void> {
  await model.save(file);
  if (!network) return;
  const { addNetworkOrigin } = await import('../models/network-origin.js');
  await addNetworkOrigin(file, network);
}

function summaryOf({ card, metrics, baseline, chosen }: Model, { rows, encoder, guides, network }: Start) {
  const { output } = card;
  return {
    command: 'finetune',
    dataset: rows.name,
    origin: rows.origin,
    label: output.column,
    ...(output.kind === 'classes' ? { classes: output.classNames } : {}),
    labels: card.labels,
    pretrained: encoder !== undefined || network !== undefined,
    guided: guides !== undefined,
    metrics,
    baseline,
    chosen: network ? { ...chosen, tune: 'head' } : chosen,
  } as const;
}

function textOf(result: FinetuneResult): string {
  const { metrics, baseline, chosen, labels, model, report, label, classes } = result;
  const file = shownPath(model);
  const what = classes ? `${classes.length} classes of ${label}` : label;
  const hasScores = Object.keys(metrics).length > 0;
  return [
    `${what}, learned from ${labels} labelled rows; chosen by ${String(chosen.judgedBy)}: ${chosenText(chosen)}.`,
    ...(hasScores
      ? [
          `On test rows (baseline: ${classes ? 'class shares alone' : 'the mean'}):`,
          ...scoresText(metrics, baseline),
        ]
      : ['There are no test rows with a label.']),
    `Model:  ${file}`,
    `Report: ${shownPath(report)}`,
    `Next:   warmstart evaluate ${file} --data other-rows`,
    `        warmstart predict ${file} --data new-rows`,
  ].join('\n');
}

function chosenText({ tune, learningRate, steps, l2 }: FinetuneResult['chosen']): string {
  const parts = [
    ['', tune],
    ['learning rate ', learningRate],
    ['steps ', steps],
    ['l2 ', l2],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${String(name)}${String(value)}`]));
  return parts.join(', ');
}
