import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { failureText, UsageError } from '../terminal/failure.js';
import { type Questions, terminalQuestions } from '../terminal/questions.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags {
  data?: string;
  label?: string;
  out: string;
  yes: boolean;
  schema: boolean;
  force: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .option('--data <path>', 'your file or folder; asked for otherwise')
    .option('--label <column>', 'the column to predict; asked for otherwise')
    .option('--out <file>', 'the config to write', 'warmstart.yaml')
    .option('--yes', 'ask nothing, accept what was guessed', false)
    .option('--force', 'replace an existing config', false)
    .option('--schema', 'print the JSON schema of configs, for editors, and write nothing', false)
    .addHelpText(
      'after',
      '\nExamples:\n  warmstart init\n  warmstart init --data my.csv --label diagnosis --yes\n  warmstart init --schema > warmstart.schema.json',
    )
    .action((flags: Flags) => {
      const asks = !flags.yes && terminal.interactive;
      return init(flags, terminal, asks ? terminalQuestions() : undefined);
    });
}

/** @param questions - undefined where nobody can be asked */
export async function init(
  flags: Flags,
  terminal: Terminal,
  questions: Questions | undefined,
): Promise<void> {
  const { label, out, schema, force } = flags;
  if (schema) {
    const { projectJsonSchema } = await import('../settings/project.js');
    return terminal.out(JSON.stringify(projectJsonSchema(), null, 2));
  }
  if (existsSync(out) && !force)
    throw new UsageError(`init: ${out} exists. Name another file with --out, or replace it with --force.`);
  const { commentedConfig } = await import('../settings/commented-config.js');
  const { writeWhole } = await import('../runs/run-folder.js');
  const { data, kind, guess, columns } = await describedData(flags, questions);
  terminal.note(`${data}: ${kind}`);
  const chosen =
    label ??
    (questions && columns.length > 0
      ? await questions.choose('Which column is to be predicted?', columns, guess)
      : guess);
  writeWhole(out, commentedConfig({ data, kind, label: chosen }));
  terminal.out(
    `Wrote ${out}. Next:\n  warmstart pretrain --config ${out}\n  warmstart finetune --config ${out} --from warmstart-runs/pretrain/checkpoints/encoder.safetensors`,
  );
}

/** Asks until the answer names data that can be read. */
async function describedData({ data, label }: Flags, questions: Questions | undefined) {
  const { describeData } = await import('../sources/describe-data.js');
  if (data !== undefined) return { data, ...(await describeData(data, label)) };
  if (!questions) throw new UsageError('init: --data must name your data where nobody can be asked.');
  let found: Awaited<ReturnType<typeof describeData>> | undefined;
  const path = await questions.ask({
    message: 'Where is your data? (a file, a folder, or the name of a data set)',
    placeholder: 'e.g. patients.csv',
    problemOf: async (answer) => {
      if (answer === '') return 'Type a path, or press Ctrl-C to stop.';
      try {
        found = await describeData(answer, label);
        return undefined;
      } catch (error) {
        return failureText(error);
      }
    },
  });
  return { data: path, ...(found ?? (await describeData(path, label))) };
}
