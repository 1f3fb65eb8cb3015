import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from '../terminal/failure.js';
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
    .option('--label <column>', 'the column to learn; asked for otherwise')
    .option('--out <file>', 'the config to write', 'warmstart.yaml')
    .option('--yes', 'ask nothing, take what was guessed', false)
    .option('--force', 'replace a config that is there', false)
    .option('--schema', 'print the JSON schema of configs, for editors, and write nothing', false)
    .addHelpText(
      'after',
      '\nExamples:\n  warmstart init\n  warmstart init --data my.csv --label diagnosis --yes\n  warmstart init --schema > warmstart.schema.json',
    )
    .action((flags: Flags) => run(flags, terminal));
}

async function run({ data, label, out, yes, schema, force }: Flags, terminal: Terminal): Promise<void> {
  if (schema) {
    const { projectJsonSchema } = await import('../settings/project.js');
    return terminal.out(JSON.stringify(projectJsonSchema(), null, 2));
  }
  if (existsSync(out) && !force)
    throw new UsageError(
      `init: ${out} is there already. Name another with --out, or replace it with --force.`,
    );
  const { commentedConfig, describeData } = await import('../settings/commented-config.js');
  const { writeWhole } = await import('../runs/run-folder.js');
  const asks = !yes && terminal.interactive;
  const path =
    data ??
    (asks
      ? await ask('Where is your data? (a file, a folder, or a name such as spambase)', 'spambase')
      : undefined);
  if (path === undefined) throw new UsageError('init: --data must name your data where nobody can be asked.');
  const { kind, guess, columns } = await describeData(path, label);
  terminal.note(`${path}: ${kind}`);
  const chosen =
    label ??
    (asks && columns.length > 0 ? await choose('Which column is to be learned?', columns, guess) : guess);
  writeWhole(out, commentedConfig({ data: path, kind, label: chosen }));
  terminal.out(
    `${out} is written. Next:\n  warmstart pretrain --config ${out}\n  warmstart finetune --config ${out} --from warmstart-runs/pretrain/checkpoints/encoder.safetensors`,
  );
}

async function ask(message: string, initialValue: string): Promise<string> {
  const { isCancel, text } = await import('@clack/prompts');
  const answer = await text({ message, initialValue });
  if (isCancel(answer)) throw new UsageError('init: stopped; nothing was written.');
  return answer;
}

async function choose(
  message: string,
  columns: readonly string[],
  guess: string | undefined,
): Promise<string> {
  const { isCancel, select } = await import('@clack/prompts');
  const options = columns.map((value) => ({ value, label: value }));
  const answer = await select({ message, options, ...(guess === undefined ? {} : { initialValue: guess }) });
  if (isCancel(answer)) throw new UsageError('init: stopped; nothing was written.');
  return answer;
}
