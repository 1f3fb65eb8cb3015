import { stateDict } from '@warmstart/core-checkpoint';
import { featureScale } from '@warmstart/finetune-heads';
import type { StateDict } from '@warmstart/shapes';
import type { Architecture } from '../encoders/architecture.js';
import { assignHead, featuresOf, type Network, newNetwork, savedNetwork } from '../model/network.js';
import type { PreparedRows } from '../rows/prepared-rows.js';
import type { InputSchema } from '../schema/input-schema.js';
import type { OutputSchema } from '../schema/output-schema.js';
import { bestCandidate, type Candidate, type Tuning } from './candidate.js';
import type { Judges } from './held-out.js';
import { fitProbe, probeCandidate } from './probe-candidate.js';
import type { SearchLog } from './search-log.js';
import type { ProbeScale, Task } from './task.js';
import { type WeightCandidate, type WeightSearch, weightCandidate } from './weight-candidate.js';
import { type Labelled, trainNetwork, type WeightTuning } from './weight-trial.js';

/** What is tuned, by what, and what may be spent. */
export interface Study {
  readonly task: Task;
  readonly input: InputSchema;
  readonly labelled: Labelled;
  /** Some rows with or without labels: what features are like, for which no label is needed. */
  readonly unlabelled: PreparedRows;
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

/** Linear models that were judged, by their way. */
type Probes = ReadonlyMap<Tuning, Candidate & { scale?: ProbeScale }>;

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
  const chosen = bestCandidate(candidates, study.task);
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
async function probesOf(study: Study, tunings: readonly Tuning[]): Promise<Probes> {
  const { task, labelled, judges, seed, l2 } = study;
  const probes = new Map<Tuning, Candidate & { scale?: ProbeScale }>();
  const options = { judges, seed, ...(l2 === undefined ? {} : { l2 }) };
  const { targets } = labelled;
  if (tunings.includes('linear')) {
    const raw = { ...options, scale: 'none' } as const;
    probes.set('linear', probeCandidate('linear', task, rawFeatures(labelled.rows), targets, raw));
  }
  const begins = study.encoder && tunings.some((one) => one !== 'linear');
  if (tunings.includes('head') || begins) {
    const scale = await encodedScale(study);
    const features = await encoded(study, labelled.rows);
    probes.set('head', { ...probeCandidate('head', task, features, targets, { ...options, scale }), scale });
  }
  return probes;
}

function rawFeatures({ features, rowCount, width }: PreparedRows) {
  return { data: features, shape: [rowCount, width] };
}

/** Of the encoder's features, over rows with and without labels. */
async function encodedScale(study: Study): Promise<ProbeScale> {
  return featureScale(await encoded(study, study.unlabelled));
}

async function encoded(study: Study, rows: PreparedRows) {
  const network = startingNetwork(study);
  try {
    return await featuresOf(network, rows);
  } finally {
    network.dispose();
  }
}

function startingNetwork({ architecture, task, seed, encoder }: Study): Network {
  return newNetwork(architecture, task.outputCount, seed, encoder);
}

function weightSearch(study: Study, probes: Probes): WeightSearch {
  const { task, labelled, judges, log, seed, batchSize, weightDecay, steps, guides, rates } = study;
  const probe = probes.get('head');
  const scale = probe?.scale ?? 'none';
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
      assignHead(network, fitProbe(task, { data, shape }, learning.targets, { l2: probe.l2 * share, scale }));
      return network;
    },
    open: (weights) => savedNetwork(study.architecture, task.outputCount, weights),
  };
}

/** The chosen model, of all labelled rows; one that was stopped by held-out rows is the one that they saw. */
async function make(
  study: Study,
  chosen: WeightCandidate & { scale?: ProbeScale },
  search: WeightSearch,
): Promise<{ architecture: Architecture; weights: StateDict }> {
  const { task, labelled, architecture } = study;
  if (chosen.trained) return { architecture, weights: chosen.trained };
  if (chosen.tune === 'linear') return linearModel(study, chosen.l2);
  if (chosen.tune === 'head') {
    const network = startingNetwork(study);
    try {
      const { l2, scale = 'none' } = chosen;
      const features = await featuresOf(network, labelled.rows);
      assignHead(network, fitProbe(task, features, labelled.targets, { l2, scale }));
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
    assignHead(network, fitProbe(task, rawFeatures(labelled.rows), labelled.targets, { l2, scale: 'none' }));
    return { architecture, weights: await stateDict(network) };
  } finally {
    network.dispose();
  }
}
