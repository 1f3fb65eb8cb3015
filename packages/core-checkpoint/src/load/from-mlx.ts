import { dtypeNamed } from '../tensors/dtypes.js';
import type { NamedTensor, StateDict } from '../tensors/named-tensor.js';
import { permuteAxes } from '../tensors/permute-axes.js';

/**
 * Weights of MLX's own modules (`.npz` or `.safetensors` of `save_weights`) in PyTorch's layout. Names and linear
 * layers are alike in both; MLX keeps convolutions as [out, …window, in], PyTorch as [out, in, …window]. Transposed
 * convolutions look the same and are not meant: rename them yourself.
 *
 * @example
 * loadStateDict(model, fromMlx(await checkpoint.stateDict()));
 *
 * @returns a new map; what is not a convolution is the same tensor
 * @see mlx.nn.Conv2d
 */
export function fromMlx(dict: StateDict): StateDict {
  return new Map(
    [...dict].map(([key, tensor]) => {
      const isConvolution = /(^|\.)weight$/.test(key) && tensor.shape.length >= 3 && tensor.shape.length <= 5;
      return [key, isConvolution ? channelsSecond(tensor) : tensor];
    }),
  );
}

function channelsSecond(tensor: NamedTensor): NamedTensor {
  const { dtype, shape, data } = tensor;
  const layout = [0, shape.length - 1, ...shape.slice(1, -1).map((_, i) => i + 1)];
  const turned = layout.map((axis) => shape[axis] ?? 1);
  if (data.length === 0) return { ...tensor, shape: turned }; // a stand-in without values
  return { ...tensor, shape: turned, data: permuteAxes(dtypeNamed(dtype), data, shape, layout) };
}
