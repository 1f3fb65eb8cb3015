// Element by element: an activation, and the gradient that flows back through it.
import { erf, exp, tanh } from './elementary';
import { read, write } from './vector';

// numbers shared with src/wasm/activations.ts
const TANH: i32 = 0;
const ERF: i32 = 1;
const GELU: i32 = 2;
// 3 is GELU by tanh
const RELU: i32 = 4;
const RELU6: i32 = 5;

const ROOT_HALF: f32 = <f32>Math.SQRT1_2;
const INVERSE_ROOT_TAU: f32 = 0.3989422804014327;
const ROOT_TWO_OVER_PI: f32 = 0.7978845608028654;

function inner(x: v128): v128 {
  const cubic = f32x4.mul(f32x4.splat(0.044715), f32x4.mul(f32x4.mul(x, x), x));
  return f32x4.mul(f32x4.splat(ROOT_TWO_OVER_PI), f32x4.add(x, cubic));
}

function value(kind: i32, x: v128): v128 {
  if (kind === TANH) return tanh(x);
  if (kind === ERF) return erf(x);
  const bent = kind === GELU ? erf(f32x4.mul(x, f32x4.splat(ROOT_HALF))) : tanh(inner(x));
  return f32x4.mul(f32x4.mul(f32x4.splat(0.5), x), f32x4.add(f32x4.splat(1), bent));
}

function slope(kind: i32, x: v128): v128 {
  const one = f32x4.splat(1);
  const half = f32x4.splat(0.5);
  if (kind === GELU) {
    // Φ(x) + x·φ(x)
    const below = f32x4.mul(half, f32x4.add(one, erf(f32x4.mul(x, f32x4.splat(ROOT_HALF)))));
    const density = exp(f32x4.mul(f32x4.splat(-0.5), f32x4.mul(x, x)));
    return f32x4.add(below, f32x4.mul(x, f32x4.mul(f32x4.splat(INVERSE_ROOT_TAU), density)));
  }
  const t = tanh(inner(x));
  const flank = f32x4.sub(one, f32x4.mul(t, t));
  const cubic = f32x4.mul(f32x4.splat(3 * 0.044715), f32x4.mul(x, x));
  const rise = f32x4.mul(f32x4.splat(ROOT_TWO_OVER_PI), f32x4.add(one, cubic));
  const level = f32x4.mul(half, f32x4.add(one, t));
  return f32x4.add(level, f32x4.mul(f32x4.mul(half, x), f32x4.mul(flank, rise)));
}

/** y = f(x) for `length` values. */
export function activate(kind: i32, x: usize, length: i32, y: usize): void {
  for (let i = 0; i < length; ) {
    const o = (<usize>i) << 2;
    const wide = i + 4 <= length;
    write(y + o, value(kind, read(x + o, wide)), wide);
    i += wide ? 4 : 1;
  }
}

/** dx = dy·f′; `x` is the input of a GELU and the output of a relu or relu6. */
export function activationGradient(kind: i32, x: usize, dy: usize, length: i32, dx: usize): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < length; ) {
    const o = (<usize>i) << 2;
    const wide = i + 4 <= length;
    const at = read(x + o, wide);
    let flow = read(dy + o, wide);
    if (kind === RELU || kind === RELU6) {
      flow = v128.and(flow, f32x4.gt(at, zero));
      if (kind === RELU6) flow = v128.and(flow, f32x4.lt(at, f32x4.splat(6)));
    } else flow = f32x4.mul(flow, slope(kind, at));
    write(dx + o, flow, wide);
    i += wide ? 4 : 1;
  }
}
