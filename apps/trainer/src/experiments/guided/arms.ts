import { seededRandom } from '@warmstart/datasets';
import {
  type GuidesOptions,
  guides,
  layerMeans,
  type Reliability,
  reliability,
  type Scouted,
  type StateDict,
  shuffleGuides,
} from '@warmstart/guided-tl';
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
  /** Layers that guides cover; those after it are a new head, with guide 1. */
  guidedLayers: number;
}

/** One way of learning a new task; tuning chooses among its variants as it does among rates and steps. */
export interface Arm {
  name: string;
  variants: Omit<Adaptation, 'rate'>[];
}

/** How the guided arms make their guides; their names are in the tables. */
export const guidedArms: Readonly<Record<string, GuidesOptions>> = {
  guided: { formula: 'variance', scale: 'mean' },
  'guided, 99 % quantile': { formula: 'variance', scale: 'quantile' },
  'guided, squared': { formula: 'squared', scale: 'mean' },
  'guided, as published': { formula: 'squared', scale: 'min-max', normalise: 'tensor' },
};

/** All arms of one rule: guides, their controls, and the neighbours, each on the same tasks. */
export function armsOf(network: DenseNetwork, prepared: Prepared, rule: 'sgd' | 'adam', seed: number): Arm[] {
  const { base, scratch, reptile, scouted, guidedLayers } = prepared;
  const made = (options: GuidesOptions) => guides(scouted, options);
  const variance = made({ formula: 'variance', scale: 'mean' });
  const recentred = withHead(network, variance.base, base);
  const guided = (values: StateDict, start: Float64Array): Arm['variants'] => [
    { rule, start, guide: network.fromState(values, 1) },
  ];
  const label = (name: string) => `${name} (${rule === 'sgd' ? 'SGD' : 'Adam'})`;
  const arms: Arm[] = [
    { name: 'scratch', variants: [{ rule, start: scratch }] },
    { name: 'fine-tune', variants: [{ rule, start: base }] },
    { name: 'head only', variants: [{ rule, start: base, firstLayer: network.layerCount - 1 }] },
    {
      name: 'layer decay',
      variants: [0.3, 0.6].map((decay) => ({ rule, start: base, guide: layerDecay(network, decay) })),
    },
    { name: 'L2-SP', variants: [0.1, 1].map((pull) => ({ rule, start: base, pull })) },
    { name: 'recentred, no guides', variants: [{ rule, start: recentred }] },
    ...Object.entries(guidedArms).map(([name, options]) => {
      const { guides: values, base: start } = made(options);
      return { name, variants: guided(values, withHead(network, start, base)) };
    }),
    {
      name: 'guided, shuffled',
      variants: guided(shuffleGuides(variance.guides, seededRandom(seed, 'shuffled')), recentred),
    },
    { name: 'guided, tensor means', variants: guided(layerMeans(variance.guides), recentred) },
    { name: 'Reptile', variants: [{ rule, start: reptile }] },
  ];
  if (guidedLayers > network.layerCount) throw new RangeError('armsOf: more guided layers than there are.');
  return arms.map((arm) => ({ ...arm, name: label(arm.name) }));
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
