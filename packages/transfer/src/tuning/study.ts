import { type StateDict, stateDict } from '@warmstart/core-checkpoint';
import type { Architecture } from '../encoders/architecture.js';
import { assignHead, featuresOf, type Network, newNetwork, savedNetwork } from '../model/network.js';
import type { InputSchema } from '../schema/input-schema.js';
import type { OutputSchema } from '../schema/output-schema.js';
import { bestCandidate, type Candidate, type Tuning } from './candidate.js';
import type { Judges } from './held-out.js';
import { fitProbe, probeCandidate } from './probe-candidate.js';
import type { SearchLog } from './search-log.js';
import type { Task } from './task.js';
import { type WeightCandidate, type WeightSearch, weightCandidate } from './weight-candidate.js';
import { type Labelled, trainNetwork, type WeightTuning } from './weight-trial.js';

/** What is tuned, by what, and what may be spent. */
export interface Study {
  readonly task: Task;
  readonly input: InputSchema;
  readonly labelled: Labelled;
  readonly judges: Judges;
  readonly log: SearchLog;
  readonly seed: number;
  readonly architecture: Architecture;
  /** Of the encoder; undefined: new ones, drawn from the seed. */
  readonly encoder: StateDict | undefined;
  readonly guides: StateDict | undefined;
  readonly batchSize: number;
  readonly weightDecay: number;
  /** At most, of one training. */
  readonly steps: number;
  readonly rates: readonly number[];
  /** Strength of the linear models' penalty, where it is not to be chosen. */
  readonly l2: number | undefined;
}

/** A tried way, for the card and reports. */
export interface Tried {
  readonly tune: Tuning;
  readonly l2: number;
  readonly learningRate?: number;
  readonly steps?: number;
  /** Mean loss on rows that were not learned from. */
  readonly loss: number;
}

/** A model chosen among those that were tried. */
export interface Tuned {
  readonly architecture: Architecture;
  /** Under `encoder.…` and `head.…`. */
  readonly weights: StateDict;
  readonly output: OutputSchema;
  readonly chosen: Tried;
  readonly tried: readonly Tried[];
}

/** Tries some ways of making a model of labelled rows, chooses one by rows that it did not learn from, and makes it. */
export async function tune(study: Study, tunings: readonly Tuning[]): Promise<Tuned> {
  const probes = await probesOf(study, tunings);
  const candidates: WeightCandidate[] = tunings.flatMap((one) => {
    const found = probes.get(one);
    return found ? [found] : [];
  });
  const search = weightSearch(study, probes);
  for (const one of tunings) {
    if (one !== 'linear' && one !== 'head') candidates.push(await weightCandidate(one, search));
  }
  const chosen = bestCandidate(candidates);
  const { architecture, weights } = await make(study, chosen, search);
  return {
    architecture,
    weights,
    output: study.task.outputSchema(chosen.heldOut),
    chosen: triedOf(chosen),
    tried: candidates.map(triedOf),
  };
}

function triedOf({ tune: way, l2, learningRate, steps, loss }: Candidate): Tried {
  return {
    tune: way,
    l2,
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(steps === undefined ? {} : { steps }),
    loss,
  };
}

/** The linear models that are asked for, and the head that a pre-trained encoder's training begins with. */
async function probesOf(study: Study, tunings: readonly Tuning[]): Promise<Map<Tuning, Candidate>> {
  const { task, labelled, judges, seed, l2 } = study;
  const probes = new Map<Tuning, Candidate>();
  const options = { judges, seed, ...(l2 === undefined ? {} : { l2 }) };
  if (tunings.includes('linear'))
    probes.set('linear', probeCandidate('linear', task, rawFeatures(labelled), labelled.targets, options));
  const begins = study.encoder && tunings.some((one) => one !== 'linear');
  if (tunings.includes('head') || begins)
    probes.set('head', probeCandidate('head', task, await encoded(study), labelled.targets, options));
  return probes;
}

function rawFeatures({ rows: { features, rowCount, width } }: Labelled) {
  return { data: features, shape: [rowCount, width] };
}

async function encoded(study: Study) {
  const network = startingNetwork(study);
  try {
    return await featuresOf(network, study.labelled.rows);
  } finally {
    network.dispose();
  }
}

function startingNetwork({ architecture, task, seed, encoder }: Study): Network {
  return newNetwork(architecture, task.outputCount, seed, encoder);
}

function weightSearch(study: Study, probes: ReadonlyMap<Tuning, Candidate>): WeightSearch {
  const { task, labelled, judges, log, seed, batchSize, weightDecay, steps, guides, rates } = study;
  const probe = probes.get('head');
  return {
    task,
    labelled,
    judges,
    log,
    rates,
    l2: probe?.l2 ?? 0,
    trial: { seed, batchSize, weightDecay, steps, guides },
    start: async (learning) => {
      const network = startingNetwork(study);
      if (!probe) return network;
      const { data, shape } = await featuresOf(network, learning.rows);
      const share = learning.targets.length / labelled.targets.length;
      assignHead(network, fitProbe(task, { data, shape }, learning.targets, probe.l2 * share));
      return network;
    },
    open: (weights) => savedNetwork(study.architecture, task.outputCount, weights),
  };
}

/** The chosen model, of all labelled rows; one that was stopped by held-out rows is the one that they saw. */
async function make(
  study: Study,
  chosen: WeightCandidate,
  search: WeightSearch,
): Promise<{ architecture: Architecture; weights: StateDict }> {
  const { task, labelled, architecture } = study;
  if (chosen.trained) return { architecture, weights: chosen.trained };
  if (chosen.tune === 'linear') return linearModel(study, chosen.l2);
  if (chosen.tune === 'head') {
    const network = startingNetwork(study);
    try {
      const { data, shape } = await featuresOf(network, labelled.rows);
      assignHead(network, fitProbe(task, { data, shape }, labelled.targets, chosen.l2));
      return { architecture, weights: await stateDict(network) };
    } finally {
      network.dispose();
    }
  }
  const { learningRate = 0, steps = 0 } = chosen; // a training has both
  const way: WeightTuning = chosen.tune;
  const { weights } = await study.log.run('all labels', async (hooks) => {
    const network = await search.start(labelled);
    try {
      await trainNetwork(network, task, labelled, { ...search.trial, tune: way, learningRate, steps }, hooks);
      return { result: {}, weights: await stateDict(network) };
    } finally {
      network.dispose();
    }
  });
  if (!weights) throw new RangeError('finetune: the checkpoint lacks the weights of the last training.');
  return { architecture, weights };
}

async function linearModel(
  { task, labelled, seed }: Study,
  l2: number,
): Promise<{ architecture: Architecture; weights: StateDict }> {
  const architecture: Architecture = { kind: 'identity', inFeatures: labelled.rows.width };
  const network = newNetwork(architecture, task.outputCount, seed);
  try {
    assignHead(network, fitProbe(task, rawFeatures(labelled), labelled.targets, l2));
    return { architecture, weights: await stateDict(network) };
  } finally {
    network.dispose();
  }
}
