import * as tf from '@tensorflow/tfjs-core';
import { type AnyModule, Linear, type LstmState, Module, runLstm } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

interface LstmInput {
  /** [batch, words, projection] */
  words: tf.Tensor;
  /** 1 for words: [batch, words] */
  mask: tf.Tensor;
  state?: readonly LstmState[] | undefined;
}

type LstmOutput = { layers: tf.Tensor[]; state: LstmState[] };

/** One direction of one layer, as AllenNLP names it. */
class ProjectedLstm extends Module<never, never> {
  readonly input_linearity: Linear;
  readonly state_linearity: Linear;
  readonly state_projection: Linear;

  constructor(hiddenFeatures: number, projection: number, random: Random) {
    super();
    const thin = { random, bias: false };
    this.input_linearity = new Linear(projection, 4 * hiddenFeatures, thin);
    this.state_linearity = new Linear(projection, 4 * hiddenFeatures, { random });
    this.state_linearity.bias?.reset((values) => values.fill(1, hiddenFeatures, 2 * hiddenFeatures)); // forget
    this.state_projection = new Linear(hiddenFeatures, projection, thin);
  }

  override call(): never {
    throw new TypeError('ProjectedLstm: has no call of its own. Call ElmoLstm.');
  }

  run(
    x: tf.Tensor,
    options: { mask: tf.Tensor; state?: LstmState | undefined; reverse: boolean; clip: number },
  ) {
    const { clip, ...rest } = options;
    return runLstm({
      x,
      inputWeight: this.input_linearity.weight.variable,
      stateWeight: this.state_linearity.weight.variable,
      bias: this.state_linearity.bias?.variable as tf.Tensor,
      projection: this.state_projection.weight.variable,
      cellClip: clip,
      projectionClip: clip,
      ...rest,
    });
  }
}

/** Two stacks of projected LSTMs, one reading each way; from the second layer on, each adds to its input. */
export class ElmoLstm extends Module<LstmInput, LstmOutput> {
  readonly forward: readonly ProjectedLstm[];
  readonly backward: readonly ProjectedLstm[];
  readonly #clip: number;

  constructor(options: {
    hiddenFeatures: number;
    projection: number;
    layerCount: number;
    clip: number;
    random: Random;
  }) {
    super();
    const { hiddenFeatures, projection, layerCount, clip, random } = options;
    const stack = () =>
      Array.from({ length: layerCount }, () => new ProjectedLstm(hiddenFeatures, projection, random));
    this.forward = stack();
    this.backward = stack();
    this.#clip = clip;
  }

  override *children(): Iterable<[string, AnyModule]> {
    for (const [i, layer] of this.forward.entries()) {
      yield [`forward_layer_${i}`, layer];
      yield [`backward_layer_${i}`, this.backward[i] as ProjectedLstm];
    }
  }

  /** @returns per layer [batch, words, 2 · projection]; states of forward 0, backward 0, forward 1, … */
  override call({ words, mask, state }: LstmInput): LstmOutput {
    return tf.tidy(() => {
      let sides = [words, words];
      const layers: tf.Tensor[] = [];
      const states: LstmState[] = [];
      for (const [i, forward] of this.forward.entries()) {
        sides = [forward, this.backward[i] as ProjectedLstm].map((layer, side) => {
          const before = sides[side] as tf.Tensor;
          const given = state?.[states.length];
          const options = { mask, state: given, reverse: side === 1, clip: this.#clip };
          const { outputs, ...after } = layer.run(before, options);
          states.push(after);
          return i === 0 ? outputs : tf.add(outputs, before);
        });
        layers.push(tf.concat(sides, 2));
      }
      return { layers, state: states };
    });
  }

  /** @throws RangeError unless the states are of this network, for as many texts */
  checkState(states: readonly LstmState[], batch: number): void {
    const [first] = this.forward;
    const [projection, hidden] = first?.state_projection.weight.shape ?? [];
    const wanted = `[${batch},${projection}] and [${batch},${hidden}]`;
    const count = 2 * this.forward.length;
    if (states.length !== count) {
      throw new RangeError(
        `Elmo: state must hold ${count} states, of each direction of each layer, got ${states.length}.`,
      );
    }
    for (const { hidden: shown, cell } of states) {
      const got = `[${shown.shape}] and [${cell.shape}]`;
      if (got === wanted) continue;
      throw new RangeError(
        `Elmo: states must be ${wanted}, got ${got}. Go on with a batch of as many texts, or leave the state out.`,
      );
    }
  }
}
