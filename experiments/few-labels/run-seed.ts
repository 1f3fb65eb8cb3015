import { compileLoss } from '@warmstart/compile';
import { seededRandom } from '@warmstart/random';
import { encodedView, probeTrials, rawView, tuneTrials, type View } from './arms.js';
import { type EncoderWeights, type PretrainedEncoder, pretrainEncoder } from './encoder.js';
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

/** What {@link runSeed} needs of the outside. */
export interface SeedTools {
  tell: (text: string) => void;
  signal: AbortSignal;
  /** Answers an encoder that was pre-trained before, or pre-trains it now. Default: always now. */
  pretrained?: (
    kind: 'masked' | 'unmasked',
    pretrain: () => Promise<PretrainedEncoder>,
  ) => Promise<PretrainedEncoder>;
}

/** Pre-trains with one seed and runs every arm of the plan on every draw. */
export async function runSeed(
  table: Table,
  seed: number,
  plan: FewLabelsPlan,
  tools: SeedTools,
): Promise<SeedResult> {
  const started = performance.now();
  const names = plan.arms ?? armNames;
  const { masked, unmasked } = await learnStarts(table, seed, plan, tools);
  const starts: Starts = {
    fresh: seed,
    masked: masked?.weights ?? seed,
    unmasked: unmasked?.weights ?? seed,
  };
  const viewOf = viewsOf(table, starts);
  const arms: SeedResult['arms'] = Object.fromEntries(names.map((name) => [name, {} as ArmTrials]));
  for (let draw = 0; draw < plan.draws; draw++) {
    const order = nestedDraw(table.train.labels, table.classCount, seededRandom(draw, 'few-labels', 'draw'));
    for (const count of plan.labelCounts) {
      if (count < table.classCount) continue;
      tools.signal.throwIfAborted();
      const trials = await runArms(table, order.slice(0, count), { names, viewOf, starts, seed, plan });
      for (const [name, tried] of trials) {
        const byCount = arms[name] ?? {};
        byCount[count] = [...(byCount[count] ?? []), tried];
        arms[name] = byCount;
      }
    }
    tools.tell(`${table.name}, seed ${seed}: draw ${draw + 1} of ${plan.draws}`);
  }
  return {
    dataset: table.name,
    encoder: table.encoder ?? 'mlp',
    seed,
    trainRows: table.train.rowCount,
    testRows: table.test.rowCount,
    ...(masked ? { maskedLoss: { before: masked.lossBefore, after: masked.lossAfter } } : {}),
    seconds: { pretrain: (masked ?? unmasked)?.seconds ?? 0, all: (performance.now() - started) / 1000 },
    arms,
  };
}

/** The encoders that the plan's arms start from. */
async function learnStarts(table: Table, seed: number, plan: FewLabelsPlan, tools: SeedTools) {
  const { signal, tell, pretrained = (_, pretrain) => pretrain() } = tools;
  const learn = async (kind: 'masked' | 'unmasked') => {
    if (!(plan.arms ?? armNames).some((name) => name.startsWith(kind))) return undefined;
    const options = { masked: kind === 'masked', seed, steps: plan.pretrainSteps, signal };
    const learned = await pretrained(kind, () =>
      pretrainEncoder(table, {
        ...options,
        compiler: compileLoss,
        compile: 'auto',
        onCompiler: ({ type }) =>
          tell(`steps run in ${type === 'step-compile' ? 'ONNX Runtime' : 'TensorFlow.js'}`),
      }),
    );
    tell(`${table.name}, seed ${seed}: ${kind}, ${lossesOf(learned)}`);
    return learned;
  };
  return { masked: await learn('masked'), unmasked: await learn('unmasked') };
}

function lossesOf({ lossBefore, lossAfter, seconds }: PretrainedEncoder): string {
  return `loss ${lossBefore.toFixed(3)} → ${lossAfter.toFixed(3)} in ${seconds.toFixed(0)} s`;
}

/** Where encoders start: a seed's first weights, or what was learned. */
interface Starts {
  fresh: number;
  masked: EncoderWeights | number;
  unmasked: EncoderWeights | number;
}

/** What linear models see: the raw features, or what an encoder makes of them. */
type ViewName = 'raw' | keyof Starts;

interface ArmInputs {
  names: readonly ArmName[];
  viewOf: (name: ViewName) => Promise<View>;
  starts: Starts;
  seed: number;
  plan: FewLabelsPlan;
}

/** Views, each made when it is first asked for. */
function viewsOf(table: Table, starts: Starts): (name: ViewName) => Promise<View> {
  const made = new Map<ViewName, Promise<View>>();
  return (name) => {
    const view =
      made.get(name) ?? (name === 'raw' ? Promise.resolve(rawView(table)) : encodedView(table, starts[name]));
    made.set(name, view);
    return view;
  };
}

async function runArms(
  table: Table,
  rows: readonly number[],
  { names, viewOf, starts, seed, plan }: ArmInputs,
): Promise<[ArmName, Trial[]][]> {
  const probe = async (name: ViewName) => probeTrials(table, await viewOf(name), rows, plan.l2);
  const tune = (name: keyof Starts) => tuneTrials(table, rows, { from: starts[name], seed, plan });
  const tuneProbed = async (name: keyof Starts) => {
    const { trials, probes } = await probe(name);
    const best = trials.reduce(
      (top, trial, i) => (trial.validation > (trials[top] as Trial).validation ? i : top),
      0,
    );
    const chosen = probes[best] as (typeof probes)[number]; // one a trial
    return tuneTrials(table, rows, { from: starts[name], seed, plan, probe: chosen });
  };
  const trialsOf: Record<ArmName, () => Promise<Trial[]>> = {
    'logistic regression': async () => (await probe('raw')).trials,
    scratch: () => tune('fresh'),
    'random frozen encoder': async () => (await probe('fresh')).trials,
    'unmasked: probe then tune': () => tuneProbed('unmasked'),
    'unmasked: full tuning': () => tune('unmasked'),
    'masked: frozen probe': async () => (await probe('masked')).trials,
    'masked: probe then tune': () => tuneProbed('masked'),
    'masked: full tuning': () => tune('masked'),
  };
  const results: [ArmName, Trial[]][] = [];
  for (const name of names) results.push([name, await trialsOf[name]()]);
  return results;
}
