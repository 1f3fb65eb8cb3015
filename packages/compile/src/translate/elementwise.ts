import { elementTypeNumber } from '../onnx-graph.js';
import type { KernelCall, ValueRef } from '../recording.js';
import {
  elementType,
  type Family,
  input,
  numberAttribute,
  output,
  type Scope,
  sameShape,
  type Translator,
} from './translator.js';

const unary =
  (type: string): Translator =>
  (call, { graph, value }) =>
    graph.node(type, [value(input(call, 'x'))]);

const binary =
  (type: string): Translator =>
  (call, { graph, value }) =>
    graph.node(type, [value(input(call, 'a')), value(input(call, 'b'))]);

/** Multiplying by ones is how tfjs starts a gradient; only the shape is left of it. */
function isOne(ref: ValueRef, scope: Scope): boolean {
  const values = scope.constant(ref);
  if (!values) return false;
  for (let i = 0; i < values.length; i++) if (values[i] !== 1) return false;
  return true;
}

const multiply: Translator = (call, scope) => {
  const [a, b] = [input(call, 'a'), input(call, 'b')];
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!isOne(one, scope)) continue;
    const value = scope.value(other);
    return sameShape(other.shape, output(call).shape)
      ? value
      : scope.graph.node('Expand', [value, scope.shape(output(call))]);
  }
  return binary('Mul')(call, scope);
};

const divide: Translator = (call, scope) => {
  const a = input(call, 'a');
  const isSame = isOne(input(call, 'b'), scope) && sameShape(a.shape, output(call).shape);
  return isSame ? scope.value(a) : binary('Div')(call, scope);
};

const cast: Translator = (call, { graph, value }) => {
  const x = input(call, 'x');
  if (x.dtype === output(call).dtype) return value(x);
  return graph.node('Cast', [value(x)], { to: elementTypeNumber(elementType(output(call).dtype)) });
};

const clip: Translator = (call, { graph, value }) =>
  graph.node('Clip', [
    value(input(call, 'x')),
    graph.scalar(numberAttribute(call, 'clipValueMin')),
    graph.scalar(numberAttribute(call, 'clipValueMax')),
  ]);

/** 1 where x > 0, `alpha` elsewhere. */
const step: Translator = (call, { graph, value }) => {
  const x = value(input(call, 'x'));
  const alpha = (call.attributes.alpha as number | undefined) ?? 0;
  if (alpha === 0) return graph.node('Cast', [graph.node('Greater', [x, graph.scalar(0)])], { to: 1 });
  return graph.node('Where', [
    graph.node('Greater', [x, graph.scalar(0)]),
    graph.scalar(1),
    graph.scalar(alpha),
  ]);
};

const square: Translator = (call, { graph, value }) => {
  const x = value(input(call, 'x'));
  return graph.node('Mul', [x, x]);
};

const squaredDifference: Translator = (call, { graph, value }) => {
  const difference = graph.node('Sub', [value(input(call, 'a')), value(input(call, 'b'))]);
  return graph.node('Mul', [difference, difference]);
};

const reciprocalRoot: Translator = (call, { graph, value }) =>
  graph.node('Reciprocal', [graph.node('Sqrt', [value(input(call, 'x'))])]);

const eluGradient: Translator = (call, { graph, value }) => {
  const [dy, y] = [value(input(call, 'dy')), value(input(call, 'y'))];
  const below = graph.node('Mul', [dy, graph.node('Add', [y, graph.scalar(1)])]);
  return graph.node('Where', [graph.node('GreaterOrEqual', [y, graph.scalar(0)]), dy, below]);
};

const notEqual: Translator = (call, scope) =>
  scope.graph.node('Not', [binary('Equal')(call, scope) as string]);

const select: Translator = (call, { graph, value }) => {
  const [condition, yes] = [input(call, 'condition'), input(call, 't')];
  // tf.where spreads a condition of one axis over the rest
  const spread: ValueRef =
    condition.shape.length === yes.shape.length
      ? condition
      : { ...condition, shape: [...condition.shape, ...yes.shape.slice(1).map(() => 1)] };
  return graph.node('Where', [value(spread), value(yes), value(input(call, 'e'))]);
};

const leakyRelu: Translator = (call, { graph, value }) =>
  graph.node('LeakyRelu', [value(input(call, 'x'))], { alpha: { float: numberAttribute(call, 'alpha') } });

const relu6: Translator = (call, { graph, value }) =>
  graph.node('Clip', [value(input(call, 'x')), graph.scalar(0), graph.scalar(6)]);

const expMinusOne: Translator = (call, { graph, value }) =>
  graph.node('Sub', [graph.node('Exp', [value(input(call, 'x'))]), graph.scalar(1)]);

const logPlusOne: Translator = (call, { graph, value }) =>
  graph.node('Log', [graph.node('Add', [value(input(call, 'x')), graph.scalar(1)])]);

const fill: Translator = (call: KernelCall, { graph, shape }) =>
  graph.node('Expand', [
    graph.scalar(numberAttribute(call, 'value'), elementType(output(call).dtype)),
    shape(output(call)),
  ]);

const filledLike =
  (value: number): Translator =>
  (call, { graph, shape }) =>
    graph.node('Expand', [graph.scalar(value, elementType(output(call).dtype)), shape(output(call))]);

/** Kernels that treat every element alike. */
export const elementwise: Family = {
  Abs: unary('Abs'),
  Add: binary('Add'),
  AddN: (call, { graph, value }) =>
    graph.node(
      'Sum',
      Object.values(call.inputs).flatMap((one) => value(one as ValueRef)),
    ),
  Cast: cast,
  Ceil: unary('Ceil'),
  ClipByValue: clip,
  Cos: unary('Cos'),
  Elu: unary('Elu'),
  EluGrad: eluGradient,
  Equal: binary('Equal'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expm1: expMinusOne,
  Fill: fill,
  Floor: unary('Floor'),
  Greater: binary('Greater'),
  GreaterEqual: binary('GreaterOrEqual'),
  LeakyRelu: leakyRelu,
  Less: binary('Less'),
  LessEqual: binary('LessOrEqual'),
  Log: unary('Log'),
  Log1p: logPlusOne,
  LogicalAnd: binary('And'),
  LogicalNot: unary('Not'),
  LogicalOr: binary('Or'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Multiply: multiply,
  Neg: unary('Neg'),
  NotEqual: notEqual,
  OnesLike: filledLike(1),
  Pow: binary('Pow'),
  RealDiv: divide,
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Relu6: relu6,
  Round: unary('Round'),
  Rsqrt: reciprocalRoot,
  Select: select,
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Square: square,
  SquaredDifference: squaredDifference,
  Step: step,
  Sub: binary('Sub'),
  Tanh: unary('Tanh'),
  ZerosLike: filledLike(0),
};
