import type { KernelCall } from '../recording.js';
import {
  type Family,
  input,
  numberAttribute,
  type Scope,
  type Translator,
  UntranslatableError,
} from './translator.js';

function product(call: KernelCall, { graph, value }: Scope): string {
  const [a, b] = [input(call, 'a'), input(call, 'b')];
  const turn = [Boolean(call.attributes.transposeA), Boolean(call.attributes.transposeB)];
  if (a.shape.length === 2 && b.shape.length === 2) {
    return graph.node('Gemm', [value(a), value(b)], { transA: Number(turn[0]), transB: Number(turn[1]) });
  }
  // ONNX Runtime folds these transposes into the product.
  const [left, right] = [a, b].map((ref, side) => {
    if (!turn[side]) return value(ref);
    const axes = ref.shape.map((_, axis) => axis);
    const rank = axes.length;
    return graph.node('Transpose', [value(ref)], { perm: [...axes.slice(0, -2), rank - 1, rank - 2] });
  }) as [string, string];
  return graph.node('MatMul', [left, right]);
}

/** Adds what fused kernels do after their product: bias, then activation. */
export function finish(call: KernelCall, scope: Scope, value: string): string {
  const { graph } = scope;
  const biased = call.inputs.bias ? graph.node('Add', [value, scope.value(input(call, 'bias'))]) : value;
  const activation = (call.attributes.activation as string | undefined) ?? 'linear';
  const simple: Record<string, string> = { relu: 'Relu', elu: 'Elu', sigmoid: 'Sigmoid' };
  if (activation === 'linear') return biased;
  if (activation === 'relu6') return graph.node('Clip', [biased, graph.scalar(0), graph.scalar(6)]);
  if (activation === 'leakyrelu') {
    return graph.node('LeakyRelu', [biased], { alpha: { float: numberAttribute(call, 'leakyreluAlpha') } });
  }
  if (activation === 'prelu') {
    return graph.node('PRelu', [biased, scope.value(input(call, 'preluActivationWeights'))]);
  }
  const type = simple[activation];
  if (!type) throw new UntranslatableError(`activation "${activation}"`);
  return graph.node(type, [biased]);
}

const fused: Translator = (call, scope) => finish(call, scope, product(call, scope));

/** Matrix products. */
export const products: Family = { BatchMatMul: product, _FusedMatMul: fused };
