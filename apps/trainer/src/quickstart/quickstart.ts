import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import type { ProgressLine } from '../terminal/progress.js';
import { type ChosenArm, chooseSetting } from './choose.js';
import { makeGuides, type QuickstartGuides } from './guiding.js';
import type { Trial } from './jobs.js';
import type { Pretrained } from './pretrain.js';
import type { Recipe } from './recipe.js';
import type { ArmName } from './result.js';
import { type Stage, stagedProgress } from './stages.js';
import { prepareTable, type Table } from './table.js';
import type { TrainArm } from './train-arm.js';
import type { WorkPool } from './work-pool.js';

/** Everything one run of the method found, before it is reported. */
export interface Findings {
  table: Table;
  pretrained: Pretrained;
  guiding: QuickstartGuides;
  reference: ChosenArm;
  arms: Record<ArmName, ChosenArm>;
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
  const table = await prepareTable(recipe, seed);
  const pretrained = await pool.pretrain({ recipe, seed }, (step, loss) =>
    run.advance('pre-training', step / recipe.plan.pretrain.steps, `loss ${loss.toFixed(3)}`),
  );
  const guiding = await makeGuides({
    table,
    encoder: pretrained.encoder,
    seed,
    workers: pool.workers,
    runScout: (scout) => pool.run({ kind: 'scout', recipe, seed, scout }),
    onScout: (done) => run.advance('scouting', done / recipe.plan.scouts.count),
  });
  const arms = await compareArms(run, pretrained.encoder, guiding, table);
  line.update(1, 'done');
  return { table, pretrained, guiding, ...arms };
}

async function compareArms(
  run: Run,
  encoder: StateDict,
  guiding: QuickstartGuides,
  table: Table,
): Promise<Pick<Findings, 'arms' | 'reference'>> {
  const random = seededRandom(run.seed, 'shuffled-guides', table.width);
  // probes cost next to nothing and say how strongly the probe that starts fine-tuning is held
  const [reference, frozen, recentred] = await Promise.all([
    probe(run),
    probe(run, encoder),
    probe(run, guiding.base),
  ]);
  const start: TrainArm = { encoder, probeL2: strength(frozen) };
  const guided: TrainArm = { encoder: guiding.base, probeL2: strength(recentred) };
  const [scratch, finetune, guidedArm, shuffled] = await trainArms(run, [
    {},
    start,
    { ...guided, guides: guiding.guides },
    { ...guided, guides: guiding.shuffled(random) },
  ]);
  return {
    reference,
    arms: { scratch, frozen, finetune, guided: guidedArm, 'guided-shuffled': shuffled },
  };
}

async function probe({ pool, recipe, seed }: Run, encoder?: StateDict): Promise<ChosenArm> {
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
  const trials = arms.map((arm) =>
    Promise.all(
      draws(recipe).map(async (draw): Promise<Trial[]> => {
        const result = await pool.run({ kind: 'train', recipe, seed, draw, arm });
        advance(
          'fine-tuning',
          ++done / (arms.length * recipe.plan.draws),
          `${done} of ${arms.length * recipe.plan.draws} runs`,
        );
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
  if ('l2' in setting) return setting.l2;
  throw new TypeError('quickstart: a probe is chosen by its l2.');
}
