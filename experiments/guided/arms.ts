import {
  type Guides,
  type GuidesOptions,
  guides,
  layerMeans,
  type Reliability,
  reliability,
  type Scouted,
  shuffleGuides,
} from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import type { Adaptation } from './adaptation.js';
import type { DenseNetwork } from './dense-network.js';

/** What every arm starts from; all made with the same seed. */
export interface Prepared {
  /** Random weights, never trained. */
  scratch: Float64Array;
  /** Pre-trained weights; a fresh head, if there is one, is 0. */
  base: Float64Array;
  /** The same, pre-trained by Reptile. */
  reptile: Float64Array;
  scouted: Scouted;
  /** Guides of those scouts, corrected by rehearsals under each rule. */
  refined: Record<'sgd' | 'adam', Guides>;
  /** How much each pre-trained weight mattered to pre-training, its mean 1; short of the head. */
  importance: Float64Array;
  /** Layers that guides cover; those after it are a new head, with guide 1. */
  guidedLayers: number;
}

/** One way of learning a new task; tuning chooses among its variants as it does among rates and steps. */
export interface Arm {
  name: string;
  variants: Omit<Adaptation, 'rate'>[];
}

/** Guides straight from the scouts' displacements; their names are in the tables. */
const displacementArms: Readonly<Record<string, GuidesOptions>> = {
  'guided, variance': { formula: 'variance', scale: 'mean' },
  'guided, as published': { formula: 'squared', scale: 'min-max', normalise: 'tensor' },
};

/** All arms of one rule: guides, their controls, and the neighbours, each on the same tasks. */
export function armsOf(network: DenseNetwork, prepared: Prepared, rule: 'sgd' | 'adam', seed: number): Arm[] {
  const { scouted, base } = prepared;
  const refined = prepared.refined[rule];
  const recentred = withHead(network, refined.base, base);
  const guided = (values: StateDict, start: Float64Array): Arm['variants'] => [
    { rule, start, guide: network.fromState(values, 1) },
  ];
  const arms: Arm[] = [
    ...neighbours(network, prepared, rule),
    { name: 'recentred, no guides', variants: [{ rule, start: recentred }] },
    ...Object.entries(displacementArms).map(([name, options]) => {
      const { guides: values, base: start } = guides(scouted, options);
      return { name, variants: guided(values, withHead(network, start, base)) };
    }),
    { name: 'guided', variants: guided(refined.guides, recentred) },
    // what the public implementations do; under SGD it is the same as guided
    ...(rule === 'adam'
      ? [
          {
            name: 'guided gradients',
            variants: guided(refined.guides, recentred).map((v) => ({ ...v, isOnGradient: true })),
          },
        ]
      : []),
    {
      name: 'guided, shuffled',
      variants: guided(shuffleGuides(refined.guides, seededRandom(seed, 'shuffled')), recentred),
    },
    { name: 'guided, tensor means', variants: guided(layerMeans(refined.guides), recentred) },
  ];
  return arms.map((arm) => ({ ...arm, name: `${arm.name} (${rule === 'sgd' ? 'SGD' : 'Adam'})` }));
}

/** What else there is to start from or to hold weights by. */
function neighbours(network: DenseNetwork, prepared: Prepared, rule: 'sgd' | 'adam'): Arm[] {
  const { base, scratch, reptile, importance } = prepared;
  const head = network.layerCount - 1;
  const pulls = [0.1, 1];
  const elastic = new Float64Array(network.size);
  elastic.set(importance);
  return [
    { name: 'scratch', variants: [{ rule, start: scratch }] },
    { name: 'fine-tune', variants: [{ rule, start: base }] },
    { name: 'frozen probe', variants: [{ rule, start: base, firstLayer: head }] },
    {
      name: 'layer decay',
      variants: [0.3, 0.6].map((decay) => ({ rule, start: base, guide: layerDecay(network, decay) })),
    },
    { name: 'L2-SP', variants: pulls.map((pull) => ({ rule, start: base, pull })) },
    {
      name: 'EWC',
      variants: pulls.map((pull) => ({ rule, start: base, pull: elastic.map((value) => pull * value) })),
    },
    { name: 'surgical', variants: [{ rule, start: base, isSurgical: true }] },
    { name: 'Reptile', variants: [{ rule, start: reptile }] },
    { name: 'Reptile, head only', variants: [{ rule, start: reptile, firstLayer: head }] },
  ];
}

/** Agreement of two halves of the scouts on the default guides. */
export function reliabilityOf({ scouted }: Prepared): Reliability {
  return reliability(scouted);
}

/** Guided layers from a state dict, the head as it was. */
function withHead(network: DenseNetwork, state: StateDict, base: Float64Array): Float64Array {
  const weights = network.fromState(state);
  const guided = [...state.values()].reduce((sum, { data }) => sum + data.length, 0);
  weights.set(base.subarray(guided), guided);
  return weights;
}

/** decay^(layers above) for every weight. */
function layerDecay(network: DenseNetwork, decay: number): Float64Array {
  const guide = new Float64Array(network.size);
  for (let layer = 0; layer < network.layerCount; layer++) {
    guide.fill(decay ** (network.layerCount - 1 - layer), network.offsets[layer], network.offsets[layer + 1]);
  }
  return guide;
}
