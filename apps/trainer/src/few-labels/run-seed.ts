import { seededRandom } from '@warmstart/nn';
import { encodedView, probeTrials, rawView, tuneTrials, type View } from './arms.js';
import { type EncoderWeights, pretrainEncoder } from './encoder.js';
import { nestedDraw } from './nested-draw.js';
import {
  type ArmName,
  type ArmTrials,
  armNames,
  type FewLabelsPlan,
  type SeedResult,
  type Trial,
} from './plan.js';
import type { Table } from './table.js';

/** Pre-trains with one seed and runs every arm on every draw. */
export async function runSeed(
  table: Table,
  seed: number,
  plan: FewLabelsPlan,
  tools: { tell: (text: string) => void; signal: AbortSignal },
): Promise<SeedResult> {
  const started = performance.now();
  const { signal } = tools;
  const masked = await pretrainEncoder(table, { masked: true, seed, steps: plan.pretrainSteps, signal });
  const pretrain = (performance.now() - started) / 1000;
  tools.tell(
    `${table.name}, seed ${seed}: pre-trained, masked loss ${masked.lossBefore.toFixed(3)} → ${masked.lossAfter.toFixed(3)}`,
  );
  const unmasked = await pretrainEncoder(table, { masked: false, seed, steps: plan.pretrainSteps, signal });
  const views = {
    raw: rawView(table),
    random: await encodedView(table, seed),
    unmasked: await encodedView(table, unmasked.weights),
    masked: await encodedView(table, masked.weights),
  };
  const arms = Object.fromEntries(armNames.map((name) => [name, {} as ArmTrials])) as Record<
    ArmName,
    ArmTrials
  >;
  for (let draw = 0; draw < plan.draws; draw++) {
    const order = nestedDraw(table.train.labels, table.classCount, seededRandom(draw, 'few-labels', 'draw'));
    for (const count of plan.labelCounts) {
      if (count < table.classCount) continue;
      signal.throwIfAborted();
      const rows = order.slice(0, count);
      const trials = await runArms(table, rows, {
        views,
        masked: masked.weights,
        unmasked: unmasked.weights,
        seed,
        plan,
      });
      for (const name of armNames) arms[name][count] = [...(arms[name][count] ?? []), trials[name]];
    }
    tools.tell(`${table.name}, seed ${seed}: draw ${draw + 1} of ${plan.draws}`);
  }
  const seconds = { pretrain, all: (performance.now() - started) / 1000 };
  const maskedLoss = { before: masked.lossBefore, after: masked.lossAfter };
  const { train, test, name: dataset } = table;
  return { dataset, seed, trainRows: train.rowCount, testRows: test.rowCount, maskedLoss, seconds, arms };
}

interface ArmInputs {
  views: Record<'raw' | 'random' | 'unmasked' | 'masked', View>;
  masked: EncoderWeights;
  unmasked: EncoderWeights;
  seed: number;
  plan: FewLabelsPlan;
}

async function runArms(
  table: Table,
  rows: readonly number[],
  inputs: ArmInputs,
): Promise<Record<ArmName, Trial[]>> {
  const { views, masked, unmasked, seed, plan } = inputs;
  const probe = (view: View) => probeTrials(table, view, rows, plan.l2);
  const frozen = probe(views.masked);
  const frozenUnmasked = probe(views.unmasked);
  const tune = (from: EncoderWeights | number) => tuneTrials(table, rows, { from, seed, plan });
  const tuneProbed = (from: EncoderWeights, { trials, probes }: ReturnType<typeof probe>) => {
    const best = trials.reduce(
      (top, trial, i) => (trial.validation > (trials[top] as Trial).validation ? i : top),
      0,
    );
    return tuneTrials(table, rows, { from, seed, plan, probe: probes[best] as (typeof probes)[number] });
  };
  return {
    'logistic regression': probe(views.raw).trials,
    scratch: await tune(seed),
    'random frozen encoder': probe(views.random).trials,
    'unmasked: probe then tune': await tuneProbed(unmasked, frozenUnmasked),
    'unmasked: full tuning': await tune(unmasked),
    'masked: frozen probe': frozen.trials,
    'masked: probe then tune': await tuneProbed(masked, frozen),
    'masked: full tuning': await tune(masked),
  };
}
