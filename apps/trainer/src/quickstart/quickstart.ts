import type { ProgressLine } from '../terminal/progress.js';
import { type ChosenArm, chooseSetting, honestArm } from './choose.js';
import type { Recipe } from './recipe.js';
import type { ArmName } from './result.js';
import { type Stage, stagedProgress } from './stages.js';
import { prepareTable, type Table } from './table.js';
import type { TrainArm } from './train-arm.js';
import type { Trial } from './trial.js';
import type { HonestArm, Pretrained, QuickstartGuides } from './verbs.js';
import type { WorkPool } from './work-pool.js';

/** Arms by name, and logistic regression on the columns. */
export interface Arms {
  reference: ChosenArm;
  arms: Record<ArmName, ChosenArm>;
}

/** Everything one run of the method found, before it is reported. */
export interface Findings {
  table: Table;
  pretrained: Pretrained;
  guiding: QuickstartGuides;
  /** Chosen by labelled validation rows, which somebody with 20 labels does not have. */
  byValidation: Arms;
  /** Chosen by the 20 labels themselves. */
  byLabels: Arms;
}

/** What the steps of one run share. */
interface Run {
  recipe: Recipe;
  seed: number;
  pool: WorkPool;
  /** Called when a piece of the stage is done. */
  advance: (stage: Stage, share: number, doing?: string) => void;
}

/**
 * The whole method on one data set: pre-train by masking, scout, then use 20 labels in every way there is.
 *
 * Every random draw names its stream, so the result depends on the seed alone, whatever the number of workers.
 */
export async function runMethod(
  recipe: Recipe,
  seed: number,
  pool: WorkPool,
  line: ProgressLine,
): Promise<Findings> {
  const run: Run = { recipe, seed, pool, advance: stagedProgress(line) };
  const { plan } = recipe;
  const table = await prepareTable(recipe);
  const pretrained = await pool.runReporting<'pretrain'>(
    { kind: 'pretrain', recipe, seed },
    (step, loss = Number.NaN) =>
      run.advance('pre-training', step / plan.pretrain.steps, `loss ${loss.toFixed(3)}`),
  );
  const { encoder } = pretrained;
  const guiding = await pool.runReporting<'scout'>({ kind: 'scout', recipe, seed, encoder }, (done) =>
    run.advance('scouting', done / plan.scouts.count),
  );
  const byValidation = await validatedArms(run, pretrained, guiding);
  const byLabels = await honestArms(run, pretrained, guiding);
  line.update(1, 'done');
  return { table, pretrained, guiding, byValidation, byLabels };
}

/** Every arm with the setting that labelled validation rows choose over all draws. */
async function validatedArms(
  run: Run,
  { encoder: { weights } }: Pretrained,
  { guides, shuffled, base }: QuickstartGuides,
): Promise<Arms> {
  // probes cost next to nothing and say how strongly the probe that starts fine-tuning is held
  const [reference, frozen, recentred] = await Promise.all([
    probe(run),
    probe(run, weights),
    probe(run, base.weights),
  ]);
  const guided: TrainArm = { encoder: base.weights, probeL2: strength(recentred) };
  const [scratch, finetune, guidedArm, shuffledArm] = await trainArms(run, [
    {},
    { encoder: weights, probeL2: strength(frozen) },
    { ...guided, guides },
    { ...guided, guides: shuffled },
  ]);
  return {
    reference,
    arms: { scratch, frozen, finetune, guided: guidedArm, 'guided-shuffled': shuffledArm },
  };
}

/** The same arms as `finetune` makes them: the drawn labels alone choose, draw by draw. */
async function honestArms(
  { pool, recipe, seed, advance }: Run,
  { encoder }: Pretrained,
  { guides, shuffled, base }: QuickstartGuides,
): Promise<Arms> {
  const ways: Record<ArmName | 'reference', HonestArm> = {
    reference: { tune: 'linear' },
    scratch: { tune: 'full' },
    frozen: { tune: 'head', encoder },
    finetune: { tune: 'full', encoder },
    guided: { tune: 'full', encoder: base, guides },
    'guided-shuffled': { tune: 'full', encoder: base, guides: shuffled },
  };
  const count = Object.keys(ways).length * recipe.plan.draws;
  let done = 0;
  const measured = Object.entries(ways).map(async ([name, arm]) => {
    const trials = await Promise.all(
      draws(recipe).map(async (draw) => {
        const trial = await pool.run({ kind: 'honest', recipe, seed, draw, arm });
        advance('choosing by labels', ++done / count, `${done} of ${count} runs`);
        return trial;
      }),
    );
    return [name, honestArm(trials)] as const;
  });
  const { reference, ...arms } = Object.fromEntries(await Promise.all(measured)) as Record<
    ArmName | 'reference',
    ChosenArm
  >;
  return { reference, arms };
}

async function probe(
  { pool, recipe, seed }: Run,
  encoder?: Pretrained['encoder']['weights'],
): Promise<ChosenArm> {
  return chooseSetting(
    await Promise.all(draws(recipe).map((draw) => pool.run({ kind: 'probe', recipe, seed, draw, encoder }))),
  );
}

/** Every arm on every draw; the pool does them in the order given. */
async function trainArms<Arms extends readonly TrainArm[]>(
  { pool, recipe, seed, advance }: Run,
  arms: readonly [...Arms],
): Promise<{ [Arm in keyof Arms]: ChosenArm }> {
  let done = 0;
  const count = arms.length * recipe.plan.draws;
  const trials = arms.map((arm) =>
    Promise.all(
      draws(recipe).map(async (draw): Promise<Trial[]> => {
        const result = await pool.run({ kind: 'train', recipe, seed, draw, arm });
        advance('fine-tuning', ++done / count, `${done} of ${count} runs`);
        return result;
      }),
    ),
  );
  const chosen = (await Promise.all(trials)).map(chooseSetting);
  return chosen as { [Arm in keyof Arms]: ChosenArm }; // one per arm, in order
}

function draws({ plan }: Recipe): number[] {
  return Array.from({ length: plan.draws }, (_, draw) => draw);
}

function strength({ setting }: ChosenArm): number {
  if (setting && 'l2' in setting) return setting.l2;
  throw new TypeError('quickstart: a probe is chosen by its l2.');
}
