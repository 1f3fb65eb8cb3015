import { type ClassSubset, clusterPairs } from '@warmstart/guided-tl';
import { normalRandom, seededRandom } from '@warmstart/random';
import type { Prepared } from './arms.js';
import type { Study, Task } from './comparison.js';
import { DenseNetwork, type Examples } from './dense-network.js';
import { drawRows } from './labelled-rows.js';
import { importanceOf, pretrain, refineAll, reptile, scoutAll } from './pretraining.js';
import { experiment } from './published.js';

const geneCount = 120;
const programCount = 12;
const hidden = [32, 16];

/** Genes driven by a few programs, and noise of their own: what expression tables look like. */
interface Cells {
  /** [programs, genes] */
  loadings: Float64Array;
  draw(random: () => number, programs: Float64Array): Float64Array;
}

/**
 * E5: a masked autoencoder on an unlabelled table like RNA-seq, scouts on pairs of clusters, then two groups
 * of six samples that differ in two programs, tested on 60 others.
 */
export const run = experiment('gtl-rna', { seeds: 5, validationTasks: 2, testTasks: 30 }, () => {
  const network = new DenseNetwork([geneCount, ...hidden, 2], 'cross-entropy');
  const study: Study = {
    name: '',
    network,
    prepare: (seed) => prepare(network, seed),
    shots: [6],
    tasks: (seed, purpose, count, shots) => {
      const random = seededRandom(seed, 'tasks', purpose, shots);
      const cells = cellsOf(seed);
      return Array.from({ length: count }, () => twoGroups(cells, shots, random));
    },
    rates: { sgd: [0.003, 0.01, 0.03, 0.1, 0.3, 1], adam: [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2] },
    steps: [5, 10, 20, 40],
  };
  return [study];
});

async function prepare(network: DenseNetwork, seed: number): Promise<Prepared> {
  const random = seededRandom(seed, 'rna');
  const table = unlabelledTable(cellsOf(seed), 2000, random);
  const autoencoder = new DenseNetwork([geneCount, ...hidden, geneCount], 'squared');
  const start = autoencoder.initial(random);
  const masked = (of: () => number) => maskedBatch(table, of);
  const trained = pretrain(autoencoder, start, masked, { steps: 1500, rate: 2e-3, random });
  const body = (weights: Float64Array) => network.fromState(autoencoder.stateDict(weights, hidden.length));
  const pairs = clusterPairs({
    features: { shape: [2000, geneCount], data: table },
    random,
    clusters: 10,
    pairs: 30,
    components: 12,
  });
  const rows = { width: geneCount, features: table, labels: new Uint8Array() };
  const drawPair = (pair: ClassSubset, count: number) => drawRows(rows, pair, count);
  const guidedLayers = hidden.length;
  const scouted = await scoutAll({
    network,
    base: body(trained),
    guidedLayers,
    subproblems: pairs,
    draw: (pair) => drawPair(pair, 24),
    steps: 60,
    rate: 0.1,
    seed,
  });
  const refined = await refineAll<ClassSubset>({
    network,
    scouted,
    guidedLayers,
    subproblems: pairs,
    draw: (pair) => (of) => ({ train: drawPair(pair, 12)(of), test: drawPair(pair, 40)(of) }),
    rates: { sgd: 0.1, adam: 3e-3 },
    steps: 20,
    seed,
  });
  return {
    scratch: body(start),
    base: body(trained),
    reptile: reptile(
      network,
      body(trained),
      (of) => drawPair(pairs[Math.floor(of() * pairs.length)] as ClassSubset, 24),
      { tasks: 1200, innerSteps: 8, innerRate: 0.1, random, headFrom: network.offsets[guidedLayers] ?? 0 },
    ),
    scouted,
    refined,
    importance: importanceOf(autoencoder, trained, masked, { layers: guidedLayers, random }),
    guidedLayers,
  };
}

function cellsOf(seed: number): Cells {
  const random = seededRandom(seed, 'programs');
  const normal = normalRandom(random);
  const loadings = Float64Array.from({ length: programCount * geneCount }, () =>
    random() < 0.15 ? normal() : 0,
  );
  return {
    loadings,
    draw: (of, programs) => {
      const noise = normalRandom(of);
      return Float64Array.from({ length: geneCount }, (_, gene) => {
        let value = 0.7 * noise();
        for (let p = 0; p < programCount; p++)
          value += (programs[p] ?? 0) * (loadings[p * geneCount + gene] ?? 0);
        return value;
      });
    },
  };
}

/** Cells of 15 kinds, each with programs of its own around which its cells vary. */
function unlabelledTable(cells: Cells, count: number, random: () => number): Float64Array {
  const normal = normalRandom(random);
  const kinds = Array.from({ length: 15 }, () =>
    Float64Array.from({ length: programCount }, () => 1.2 * normal()),
  );
  const table = new Float64Array(count * geneCount);
  for (let row = 0; row < count; row++) {
    const kind = kinds[row % kinds.length] as Float64Array;
    table.set(
      cells.draw(
        random,
        kind.map((value) => value + 0.6 * normal()),
      ),
      row * geneCount,
    );
  }
  return table;
}

/** Half of the genes hidden as 0; all of them to rebuild. */
function maskedBatch(table: Float64Array, random: () => number): Examples {
  const count = 32;
  const targets = new Float64Array(count * geneCount);
  for (let i = 0; i < count; i++) {
    const row = Math.floor((random() * table.length) / geneCount);
    targets.set(table.subarray(row * geneCount, (row + 1) * geneCount), i * geneCount);
  }
  return { inputs: targets.map((value) => (random() < 0.5 ? 0 : value)), targets, count };
}

function twoGroups(cells: Cells, shots: number, random: () => number): Task {
  const normal = normalRandom(random);
  const centre = Float64Array.from({ length: programCount }, () => 1.2 * normal());
  const effect = new Float64Array(programCount);
  for (let i = 0; i < 2; i++) effect[Math.floor(random() * programCount)] = 0.6 * (random() < 0.5 ? -1 : 1);
  const group = (count: number): Examples => {
    const inputs = new Float64Array(2 * count * geneCount);
    for (let row = 0; row < 2 * count; row++) {
      const side = row % 2 === 0 ? -1 : 1;
      const programs = centre.map((value, p) => value + side * (effect[p] ?? 0) + 0.6 * normal());
      inputs.set(cells.draw(random, programs), row * geneCount);
    }
    return {
      inputs,
      targets: Float64Array.from({ length: 2 * count }, (_, row) => row % 2),
      count: 2 * count,
    };
  };
  return { train: group(shots), test: group(30) };
}
