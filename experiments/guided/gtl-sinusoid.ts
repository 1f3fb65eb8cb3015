import { type FamilyMember, regressionFamily } from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { Study } from './comparison.js';
import { DenseNetwork, type Examples } from './dense-network.js';
import { importanceOf, pretrain, refineAll, reptile, scoutAll } from './pretraining.js';
import { experiment } from './published.js';

type Wave = FamilyMember<'amplitude' | 'phase'>;

/** E1: few-shot sinusoids; the family of Finn et al. 2017, arXiv 1703.03400 §5.1. */
export const run = experiment('gtl-sinusoid', { seeds: 5, validationTasks: 4, testTasks: 30 }, () => {
  const network = new DenseNetwork([1, 40, 40, 1], 'squared');
  const study: Study = {
    name: '',
    network,
    prepare: (seed) => prepare(network, seed),
    shots: [5, 20],
    tasks: (seed, purpose, count, shots) => {
      const random = seededRandom(seed, 'tasks', purpose, shots);
      return waves(count, random).map((wave) => ({ train: draw(wave, shots, random), test: grid(wave) }));
    },
    rates: {
      sgd: [3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
      adam: [3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
    },
    steps: [5, 10, 20, 40, 80, 160],
  };
  return [study];
});

async function prepare(network: DenseNetwork, seed: number) {
  const random = seededRandom(seed, 'sinusoid');
  const scratch = network.initial(random);
  const mixed = () => {
    const parts = waves(50, random).map((wave) => draw(wave, 1, random));
    return joined(parts);
  };
  const base = pretrain(network, scratch, mixed, { steps: 4000, rate: 2e-3, random });
  const fewPoints = (of: () => number) => {
    const [wave] = waves(1, of) as [Wave];
    return () => draw(wave, 20, of);
  };
  const subproblems = waves(60, random);
  const guidedLayers = network.layerCount;
  const scouted = await scoutAll({
    network,
    base,
    guidedLayers,
    subproblems,
    draw: (wave) => (of) => draw(wave, 32, of),
    steps: 300,
    rate: 0.01,
    seed,
  });
  const refined = await refineAll({
    network,
    scouted,
    guidedLayers,
    subproblems,
    draw: (wave) => (of) => ({ train: draw(wave, of() < 0.5 ? 5 : 20, of), test: draw(wave, 40, of) }),
    rates: { sgd: 0.01, adam: 1e-3 },
    steps: 20,
    seed,
  });
  return {
    scratch,
    base,
    // 0.96 M examples in all; pre-training, scouts and rehearsals under a rule see 0.95 M together
    reptile: reptile(network, scratch, fewPoints, { tasks: 4800, innerSteps: 10, innerRate: 0.02, random }),
    scouted,
    refined,
    importance: importanceOf(network, base, mixed, { layers: guidedLayers, random }),
    guidedLayers,
  };
}

function waves(count: number, random: () => number): Wave[] {
  return regressionFamily({ amplitude: [0.1, 5], phase: [0, Math.PI] }, { count, random });
}

function draw(wave: Wave, count: number, random: () => number): Examples {
  return examples(
    wave,
    Float64Array.from({ length: count }, () => -5 + 10 * random()),
  );
}

function grid(wave: Wave): Examples {
  return examples(
    wave,
    Float64Array.from({ length: 100 }, (_, i) => -5 + (i + 0.5) / 10),
  );
}

function examples({ amplitude, phase }: Wave, inputs: Float64Array): Examples {
  return { inputs, targets: inputs.map((x) => amplitude * Math.sin(x - phase)), count: inputs.length };
}

function joined(parts: Examples[]): Examples {
  return {
    inputs: Float64Array.from(parts.flatMap(({ inputs }) => [...inputs])),
    targets: Float64Array.from(parts.flatMap(({ targets }) => [...targets])),
    count: parts.length,
  };
}
