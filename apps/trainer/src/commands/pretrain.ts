import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type CompileChoice, compileOption, compiling } from '../compiling.js';
import { startWasm } from '../engine.js';
import { pretrainEncoder } from '../few-labels/encoder.js';
import { saveModel } from '../few-labels/model-file.js';
import { readProgress, saveProgress } from '../few-labels/progress-file.js';
import { loadTable } from '../few-labels/table.js';
import { tableNames } from '../few-labels/table-names.js';
import { openRunFolder } from '../run-folder.js';
import type { Terminal } from '../terminal.js';
import { positiveNumber, wholeNumber } from './flags.js';

interface Flags {
  data: string;
  steps: number;
  seed: number;
  out: string;
  resume: boolean;
  compile: CompileChoice;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .addOption(new Option('--data <name>', 'what to learn from').choices(tableNames).default('spambase'))
    .option('--steps <n>', 'updates of 128 rows', positiveNumber, 3000)
    .option('--seed <n>', 'base of every random stream', wholeNumber, 0)
    .option('--out <folder>', 'the run’s folder', join('warmstart-runs', 'pretrain'))
    .option('--resume', 'go on where the run in --out was stopped', false)
    .addOption(compileOption())
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', '\nExample:\n  warmstart pretrain --data dna-splice --out runs/dna')
    .action((flags: Flags) => pretrain(flags, terminal));
}

async function pretrain(flags: Flags, terminal: Terminal): Promise<void> {
  const { data, steps, seed, out, resume, json } = flags;
  const folder = openRunFolder(out);
  const state = folder.file('checkpoints', 'pretrain.safetensors');
  const { backend } = await startWasm();
  const table = await loadTable(data);
  const stopped = resume ? await readProgress(state, terminal) : undefined;
  if (resume)
    terminal.note(stopped ? `resuming at step ${stopped.progress.step}` : 'nothing to resume: starting anew');
  const { weights, lossBefore, lossAfter } = await pretrainEncoder(table, {
    masked: true,
    seed,
    steps,
    signal: terminal.signal,
    onLoss: (step, loss) => {
      if (step % 500 === 0) terminal.note(`step ${step} of ${steps}, masked loss ${loss.toFixed(4)}`);
    },
    ...compiling(flags.compile, (said) => terminal.note(said)),
    checkpoint: { every: 250, save: (checkpoint) => saveProgress(state, checkpoint) },
    ...(stopped ? { resume: stopped } : {}),
  });
  const encoder = folder.file('checkpoints', 'encoder.safetensors');
  await saveModel(encoder, { weights, metadata: { dataset: data, kind: 'encoder', seed: String(seed) } });
  rmSync(state, { force: true });
  const result = {
    dataset: data,
    rows: table.train.rowCount,
    steps,
    seed,
    backend,
    ...(stopped ? { resumedAt: stopped.progress.step } : {}),
    lossBefore,
    lossAfter,
    encoder,
  };
  folder.write('pretrain.json', `${JSON.stringify(result, null, 2)}\n`);
  terminal.out(
    json
      ? JSON.stringify(result)
      : `Masked loss ${lossBefore.toFixed(3)} → ${lossAfter.toFixed(3)} on ${result.rows} rows without labels. Encoder: ${encoder}`,
  );
}
