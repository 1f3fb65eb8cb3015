import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { renameKeys } from './rename.js';

/**
 * ELMo out of any AllenNLP model that holds one, for `elmo`: what comes before `_elmo_lstm.` and
 * `scalar_mix_0.` is dropped, and so is all that belongs to the rest of the model.
 *
 * @throws RangeError if no ELMo is in it
 */
export function fromAllenNlpElmo(dict: StateDict): StateDict {
  const elmo = renameKeys(dict, [
    [/^(?!.*(_elmo_lstm\._(token_embedder|elmo_lstm)|scalar_mix_0)\.).*$/, undefined],
    [/^.*?(?=_elmo_lstm\._(token_embedder|elmo_lstm)\.|scalar_mix_0\.)/, ''],
  ]);
  if (elmo.size > 0) return elmo;
  throw new RangeError(
    `fromAllenNlpElmo: the file must hold _elmo_lstm.…, got ${[...dict.keys()].slice(0, 3).join(', ')}, …`,
  );
}

/**
 * The original TensorFlow weights ("…_weights.hdf5"), for `elmo`.
 *
 * Matrices are turned, the carry of the highways is negated, gates go from input, cell, forget, output to
 * input, forget, cell, output, and the forget gate's bias gets the 1 that TensorFlow added while running. The
 * mixture of the layers is not in that file: γ 1 and equal shares are put in.
 *
 * @param dict - by the file's paths, whether parts are joined by dots, as `open` does, or by slashes
 * @throws RangeError if a data set is missing
 * @see AllenNLP's `ElmoLstm.load_weights`
 */
export function fromElmoHdf5(dict: StateDict): StateDict {
  const file = renameKeys(dict, [[/\//g, '.']]);
  const keys = [...file.keys()];
  const count = (pattern: RegExp) => keys.filter((key) => pattern.test(key)).length;
  const take = (key: string) => {
    const tensor = file.get(key);
    if (tensor) return matrixOf(tensor);
    throw new RangeError(
      `fromElmoHdf5: the file must hold ${key}, got ${keys.slice(0, 3).join(', ')}, … Is it a biLM's weight file?`,
    );
  };
  const out: StateDict = new Map();
  const put = (key: string, { shape, data }: Matrix) => out.set(key, { dtype: 'float32', shape, data });
  const token = '_elmo_lstm._token_embedder';
  put(`${token}._char_embedding_weights`, withZeroRow(take('char_embed')));
  for (let i = 0; i < count(/^CNN\.W_cnn_\d+$/); i++) {
    put(`${token}.char_conv_${i}.weight`, convolution(take(`CNN.W_cnn_${i}`)));
    put(`${token}.char_conv_${i}.bias`, take(`CNN.b_cnn_${i}`));
  }
  for (let i = 0; i < count(/^CNN_high_\d+\.W_carry$/); i++) {
    const part = (name: string) => take(`CNN_high_${i}.${name}`);
    const path = `${token}._highways._layers.${i}`;
    put(`${path}.weight`, stack(turn(part('W_transform')), negate(turn(part('W_carry')))));
    put(`${path}.bias`, stack(part('b_transform'), negate(part('b_carry'))));
  }
  put(`${token}._projection.weight`, turn(take('CNN_proj.W_proj')));
  put(`${token}._projection.bias`, take('CNN_proj.b_proj'));
  const layerCount = count(/^RNN_0\..*\.W_0$/);
  for (let layer = 0; layer < layerCount; layer++) {
    for (const [side, direction] of ['forward', 'backward'].entries()) {
      const from = (name: string) => take(`RNN_${side}.RNN.MultiRNNCell.Cell${layer}.LSTMCell.${name}`);
      putLstm(put, `_elmo_lstm._elmo_lstm.${direction}_layer_${layer}`, from);
    }
  }
  put('scalar_mix_0.gamma', { shape: [1], data: Float32Array.of(1) });
  for (let i = 0; i <= layerCount; i++) {
    put(`scalar_mix_0.scalar_parameters.${i}`, { shape: [1], data: new Float32Array(1) });
  }
  return out;
}

interface Matrix {
  shape: number[];
  data: Float32Array;
}

function putLstm(
  put: (key: string, matrix: Matrix) => void,
  path: string,
  from: (name: string) => Matrix,
): void {
  const projection = turn(from('W_P_0')); // [projection, hidden]
  const [size, hidden] = projection.shape as [number, number];
  const both = reorderGates(turn(from('W_0')), hidden); // [4 · hidden, input + size]
  const inputs = (both.shape[1] as number) - size;
  put(`${path}.input_linearity.weight`, columns(both, 0, inputs));
  put(`${path}.state_linearity.weight`, columns(both, inputs, inputs + size));
  const bias = reorderGates(from('B'), hidden);
  for (let i = hidden; i < 2 * hidden; i++) bias.data[i] = (bias.data[i] as number) + 1;
  put(`${path}.state_linearity.bias`, bias);
  put(`${path}.state_projection.weight`, projection);
}

function matrixOf({ shape, data }: NamedTensor): Matrix {
  return { shape: [...shape], data: Float32Array.from(data as Float32Array) };
}

function turn({ shape, data }: Matrix): Matrix {
  const [rows, width] = shape as [number, number];
  const turned = new Float32Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < width; j++) turned[j * rows + i] = data[i * width + j] as number;
  return { shape: [width, rows], data: turned };
}

function negate({ shape, data }: Matrix): Matrix {
  return { shape, data: data.map((value) => -value) };
}

/** [1, window, in, out] to [out, in, window]. */
function convolution({ shape, data }: Matrix): Matrix {
  const [, window, ins, outs] = shape as [number, number, number, number];
  const turned = new Float32Array(data.length);
  for (let w = 0; w < window; w++) {
    for (let i = 0; i < ins; i++) {
      for (let o = 0; o < outs; o++)
        turned[(o * ins + i) * window + w] = data[(w * ins + i) * outs + o] as number;
    }
  }
  return { shape: [outs, ins, window], data: turned };
}

function withZeroRow({ shape, data }: Matrix): Matrix {
  const [rows, width] = shape as [number, number];
  const padded = new Float32Array((rows + 1) * width);
  padded.set(data, width);
  return { shape: [rows + 1, width], data: padded };
}

function stack(first: Matrix, second: Matrix): Matrix {
  const data = new Float32Array(first.data.length + second.data.length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  const [rows = 0, ...rest] = first.shape;
  return { shape: [rows + (second.shape[0] ?? 0), ...rest], data };
}

/** Input, cell, forget, output to input, forget, cell, output. */
function reorderGates({ shape, data }: Matrix, hidden: number): Matrix {
  const block = (data.length / (4 * hidden)) * hidden;
  const ordered = new Float32Array(data.length);
  for (const [to, from] of [0, 2, 1, 3].entries()) {
    ordered.set(data.subarray(from * block, (from + 1) * block), to * block);
  }
  return { shape, data: ordered };
}

function columns({ shape, data }: Matrix, start: number, end: number): Matrix {
  const [rows, width] = shape as [number, number];
  const cut = new Float32Array(rows * (end - start));
  for (let i = 0; i < rows; i++)
    cut.set(data.subarray(i * width + start, i * width + end), i * (end - start));
  return { shape: [rows, end - start], data: cut };
}
