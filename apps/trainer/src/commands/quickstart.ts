import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { fullPlan, quickPlan, type Recipe, recipes } from '../quickstart/recipe.js';
import { runQuickstart } from '../quickstart/run-quickstart.js';
import { wholeNumber } from '../settings/flags.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags {
  dataset: Recipe['dataset'][];
  seed: number;
  out: string;
  quick: boolean;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  const names = recipes.map(({ dataset }) => dataset);
  command
    .addOption(new Option('--dataset <names...>', 'which data to run on').choices(names).default(names))
    .option('--seed <n>', 'base of every random stream', wholeNumber, 0)
    .option('--out <folder>', 'where results go, a folder per data set', join('warmstart-runs', 'quickstart'))
    .option('--quick', 'seconds instead of minutes: shows that it runs, proves nothing', false)
    .option('--json', 'print one JSON object per data set', false)
    .addHelpText(
      'after',
      `
Pre-trains an encoder by hiding half of each unlabelled row and rebuilding it, keeps the encoder in a checkpoint,
sends scouts, then fine-tunes on ${fullPlan.labels} labels in every way, ${fullPlan.draws} times, and says what paid.

Examples:
  warmstart quickstart
  warmstart quickstart --dataset dna-splice --seed 7 --json`,
    )
    .action(async ({ dataset, seed, out, quick, json }: Flags) => {
      const chosen = recipes
        .filter((recipe) => dataset.includes(recipe.dataset))
        .map((recipe) => (quick ? { ...recipe, plan: quickPlan } : recipe));
      await runQuickstart({ recipes: chosen, seed, out, json, terminal });
    });
}
