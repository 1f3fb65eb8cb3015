import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { save } from '@warmstart/core-checkpoint';
import { PretrainedEncoder } from '@warmstart/transfer';
import { describeEnvironment } from '../runs/environment.js';
import { openRunFolder, type RunFolder } from '../runs/run-folder.js';
import { showProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import type { JobOutcome } from './jobs.js';
import { type Findings, runMethod } from './quickstart.js';
import { quickstartReport } from './quickstart-report.js';
import type { Recipe } from './recipe.js';
import { reportFindings } from './report-findings.js';
import type { QuickstartResult } from './result.js';
import { comparisonTable } from './verdict.js';
import { openWorkPool } from './work-pool.js';

interface QuickstartOptions {
  recipes: readonly Recipe[];
  seed: number;
  /** A folder per data set is made in it. */
  out: string;
  json: boolean;
  terminal: Terminal;
}

/** Runs the method on each data set, all at once on the cores there are, and reports them in order. */
export async function runQuickstart(options: QuickstartOptions): Promise<void> {
  const { recipes, seed, out, json, terminal } = options;
  // a folder that cannot be written to shows before any computing is spent
  const folders = recipes.map(({ dataset }) => openRunFolder(join(out, dataset)));
  for (const [index, recipe] of recipes.entries())
    folders[index]?.write('config.json', configOf(recipe, seed));
  const pool = openWorkPool(terminal.signal);
  const progress = showProgress(terminal);
  try {
    const engine = await pool.run({ kind: 'engine' });
    terminal.note(
      `backend ${engine.backend} with Warmstart's kernels (${engine.summary}), ${pool.workers} workers, seed ${seed}`,
    );
    const runs = recipes.map((recipe) =>
      timed(() => runMethod(recipe, seed, pool, progress.line(recipe.dataset))),
    );
    const outcomes = await Promise.all(runs);
    progress.stop();
    for (const [index, { value, seconds }] of outcomes.entries()) {
      const [recipe, folder] = [recipes[index] as Recipe, folders[index] as RunFolder];
      const result = await keep({ recipe, findings: value, folder, engine, seconds, ...options });
      if (json) terminal.out(JSON.stringify(result));
      else print(result, recipe, terminal);
    }
  } finally {
    progress.stop();
    await pool.close();
  }
}

/** Writes everything that is kept of a run. @returns the result that names it */
async function keep(
  options: QuickstartOptions & {
    recipe: Recipe;
    findings: Findings;
    folder: RunFolder;
    engine: JobOutcome['engine'];
    seconds: number;
  },
): Promise<QuickstartResult> {
  const { recipe, findings, folder, engine, seconds, seed, out } = options;
  const result = reportFindings({
    recipe,
    findings,
    seed,
    backend: engine.backend,
    seconds,
    folder: join(out, recipe.dataset),
  });
  const environment = describeEnvironment(engine.backend, engine.changes);
  const { weights, card } = findings.pretrained.encoder;
  const { base, bytes } = findings.guiding;
  await new PretrainedEncoder(weights, card).save(folder.file('encoder.safetensors'));
  await new PretrainedEncoder(base.weights, base.card).save(folder.file('base.safetensors'));
  await save(folder.file('encoder.pt'), weights);
  folder.write('guides.safetensors', bytes);
  folder.write('events.jsonl', eventLines(findings));
  folder.write('environment.json', `${JSON.stringify(environment, null, 2)}\n`);
  folder.write('result.json', `${JSON.stringify(result, null, 2)}\n`);
  folder.write(
    'report.html',
    quickstartReport({
      recipe,
      result,
      pretrainCurve: findings.pretrained.curve,
      guides: [...findings.guiding.guides].map(([name, { data }]) => ({
        name,
        values: Float32Array.from(data, Number),
      })),
      courses: Object.entries(findings.byValidation.arms).flatMap(([name, { course }]) =>
        course.length > 0 ? [{ name, course }] : [],
      ),
      environment,
      command: `warmstart quickstart --dataset ${recipe.dataset} --seed ${seed}`,
    }),
  );
  return result;
}

function configOf(recipe: Recipe, seed: number): string {
  return `${JSON.stringify({ command: 'quickstart', seed, recipe }, null, 2)}\n`;
}

function eventLines({ pretrained }: Findings): string {
  return pretrained.curve.map((point) => `${JSON.stringify({ type: 'step-end', ...point })}\n`).join('');
}

function print(result: QuickstartResult, recipe: Recipe, terminal: Terminal): void {
  const { maskedLossBefore, maskedLossAfter, baselineLoss } = result.pretrain;
  terminal.out(
    [
      '',
      `${result.dataset}: ${recipe.task}`,
      `  ${result.distinctRows} distinct rows of ${result.rows} (${result.origin}); ${result.pretrain.rows} unlabelled ones to pre-train on`,
      `  loss on hidden values ${maskedLossBefore.toFixed(3)} → ${maskedLossAfter.toFixed(3)} (baseline: ${baselineLoss.toFixed(3)})`,
      '',
      ...comparisonTable(result),
      '',
      `  ${result.found}`,
      `  ${result.artifacts.report}`,
    ].join('\n'),
  );
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ value: Value; seconds: number }> {
  const started = performance.now();
  const value = await work();
  return { value, seconds: Math.round((performance.now() - started) / 100) / 10 };
}
