import { card, type DatasetName, datasetNames, isDatasetName, verify } from '@warmstart/datasets';
import { folder } from '@warmstart/datasets/node';
import type { Command } from 'commander';
import { positiveNumber } from '../settings/flags.js';
import { headRows } from '../sources/head-rows.js';
import { AlreadyReported, UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags {
  json: boolean;
}

interface HeadFlags extends Flags {
  from?: string;
  rows: number;
  split?: string;
}

export function configure(command: Command, terminal: Terminal): void {
  command.addHelpText(
    'after',
    `
Examples:
  warmstart data list
  warmstart data head spambase --rows 3
  warmstart data verify cifar100 ~/data/cifar-100-binary.tar.gz
  warmstart data head imdb --from ~/data/aclImdb --rows 2 --json`,
  );
  const subcommand = (usage: string, summary: string) =>
    command
      .command(usage)
      .description(summary)
      .option('--json', 'print JSON', false)
      .copyInheritedSettings(command);
  subcommand('list', 'the data sets this program knows').action(({ json }: Flags) => list(json, terminal));
  subcommand('card <name>', 'licence, splits, classes, source of one').action(
    (name: string, { json }: Flags) => showCard(known(name), json, terminal),
  );
  subcommand('verify <name> <path>', 'compare a copy with what is known of the official set').action(
    (name: string, path: string, { json }: Flags) => showVerification(known(name), path, json, terminal),
  );
  subcommand('head <name>', 'the first rows, as JSON objects')
    .option(
      '--from <path>',
      'a folder or file of the official data; without it, what ships with this program',
    )
    .option('--rows <n>', 'how many', positiveNumber, 5)
    .option('--split <name>', 'which split')
    .action((name: string, flags: HeadFlags) => showHead(known(name), flags, terminal));
}

function known(name: string): DatasetName {
  if (isDatasetName(name)) return name;
  throw new UsageError(`data: NAME must be one of ${datasetNames().join(', ')}, got "${name}".`);
}

function knownSplit(name: DatasetName, split: string | undefined): string | undefined {
  const splits = Object.keys(card(name).splits);
  if (split === undefined || splits.includes(split)) return split;
  throw new UsageError(`data: --split of ${name} must be one of ${splits.join(', ')}, got "${split}".`);
}

function list(json: boolean, terminal: Terminal): void {
  const cards = datasetNames().map(card);
  if (json) {
    const brief = cards.map(({ name, title, offline, licence }) => ({
      name,
      title,
      origin: offline,
      licence,
    }));
    terminal.out(JSON.stringify(brief));
    return;
  }
  for (const { name, title, offline } of cards) {
    const note =
      offline === 'synthetic'
        ? 'bring your own copy; without it, a synthetic stand-in'
        : `${offline}, ships with this program`;
    terminal.out(`${name.padEnd(24)} ${title.padEnd(56)} ${note}`);
  }
}

function showCard(name: DatasetName, json: boolean, terminal: Terminal): void {
  const { offline, ...about } = card(name);
  const report = { ...about, origin: offline };
  if (json) {
    terminal.out(JSON.stringify(report));
    return;
  }
  const { title, description, licence, splits, classes, source, citation, verified } = report;
  const counts = Object.entries(splits).map(([split, rows]) => `${split} ${rows ?? 'any number'}`);
  const shown = classes.length > 12 ? [...classes.slice(0, 12), `and ${classes.length - 12} more`] : classes;
  terminal.out(
    [
      `${title} (${name})`,
      description,
      `licence   ${licence}`,
      `splits    ${counts.join(', ')}`,
      `classes   ${shown.join(', ') || 'none'}`,
      `source    ${source}`,
      `cite      ${citation}`,
      `verified  ${verified}`,
      `offline   ${offline}`,
    ].join('\n'),
  );
}

async function showVerification(
  name: DatasetName,
  path: string,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const report = await verify(name, folder(path), { signal: terminal.signal });
  const failed = report.checks.filter(({ ok }) => !ok);
  if (json) terminal.out(JSON.stringify(report));
  else {
    for (const { name: check, ok, expected, actual } of report.checks) {
      const shown = (value: unknown) => JSON.stringify(value);
      terminal.out(
        `${ok ? 'ok    ' : 'FAILED'} ${check}${ok ? '' : `: expected ${shown(expected)}, got ${shown(actual)}`}`,
      );
    }
    if (report.variant !== null) terminal.out(`edition: ${report.variant}`);
  }
  if (!report.ok) {
    terminal.note(
      `data: ${path} is not ${name} as published: ${failed.length} of ${report.checks.length} checks failed.`,
    );
    throw new AlreadyReported('verification failed');
  }
}

async function showHead(
  name: DatasetName,
  { from, rows, split, json }: HeadFlags,
  terminal: Terminal,
): Promise<void> {
  const found = await headRows(name, {
    path: from,
    rows,
    split: knownSplit(name, split),
    signal: terminal.signal,
  });
  if (found.origin === 'synthetic')
    terminal.note(`data: these rows are synthetic, made up in the format of ${name}.`);
  if (found.origin === 'excerpt') terminal.note(`data: these rows are an excerpt of ${name}.`);
  for (const row of found.rows) terminal.out(json ? JSON.stringify(row) : JSON.stringify(row, null, 2));
}
