// One call per training step: every variable is one row of a table of 12 words of 32 bits each.
//   0 length   1 weights   2 new weights   3 gradient   4 first slot   5 second slot   6 guide, or 0
//   7 step size   8 shrink (what decay takes per unit of weight)   9 shrink applied unguided
//   10 1 / √(1 − β₂ᵗ), for AdamW
import { read, write } from './vector';

const ROW_BYTES: usize = 48;

/** w − guide·(update + shrink·w) − freeShrink·w; a guide of 0 returns `w` itself, whatever the update is. */
function move(w: v128, update: v128, shrink: v128, freeShrink: v128, guide: usize, wide: bool): v128 {
  let change = f32x4.add(update, f32x4.mul(shrink, w));
  if (guide !== 0) {
    const g = read(guide, wide);
    change = v128.andnot(f32x4.mul(change, g), f32x4.eq(g, f32x4.splat(0)));
  }
  const moved = f32x4.sub(w, change);
  // where nothing is shrunk, −0 stays −0, which −0 − (−0) would not
  const none = f32x4.eq(freeShrink, f32x4.splat(0));
  return v128.bitselect(moved, f32x4.sub(moved, f32x4.mul(freeShrink, w)), none);
}

/**
 * AdamW (Loshchilov and Hutter 2019) over `count` variables; the step size in the table is the rate / (1 − β₁ᵗ).
 */
export function adamW(
  table: usize,
  count: i32,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  epsilon: f32,
): void {
  const b1 = f32x4.splat(beta1);
  const d1 = f32x4.splat(oneMinusBeta1);
  const b2 = f32x4.splat(beta2);
  const d2 = f32x4.splat(oneMinusBeta2);
  const eps = f32x4.splat(epsilon);
  for (let row = 0; row < count; row++) {
    const entry = table + <usize>row * ROW_BYTES;
    const guide = <usize>load<u32>(entry, 24);
    // the loops differ by what is known before they begin
    if (guide === 0) adamWRow(entry, b1, d1, b2, d2, eps, 0);
    else adamWRow(entry, b1, d1, b2, d2, eps, guide);
  }
}

function adamWRow(entry: usize, b1: v128, d1: v128, b2: v128, d2: v128, eps: v128, guide: usize): void {
  const length = (<usize>load<u32>(entry)) << 2;
  const weights = <usize>load<u32>(entry, 4);
  const output = <usize>load<u32>(entry, 8);
  const gradient = <usize>load<u32>(entry, 12);
  const first = <usize>load<u32>(entry, 16);
  const second = <usize>load<u32>(entry, 20);
  const rate = v128.load32_splat(entry, 28);
  const shrink = v128.load32_splat(entry, 32);
  const freeShrink = v128.load32_splat(entry, 36);
  const root = v128.load32_splat(entry, 40);
  for (let o: usize = 0; o < length; ) {
    const wide = o + 16 <= length;
    const g = read(gradient + o, wide);
    const m = f32x4.add(f32x4.mul(b1, read(first + o, wide)), f32x4.mul(d1, g));
    const v = f32x4.add(f32x4.mul(b2, read(second + o, wide)), f32x4.mul(d2, f32x4.mul(g, g)));
    write(first + o, m, wide);
    write(second + o, v, wide);
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(v), root), eps);
    const update = f32x4.div(f32x4.mul(rate, m), denominator);
    const guideHere = guide === 0 ? guide : guide + o;
    write(output + o, move(read(weights + o, wide), update, shrink, freeShrink, guideHere, wide), wide);
    o += wide ? 16 : 4;
  }
}

/**
 * SGD over `count` variables as PyTorch computes it: the decay (`shrink`) joins the gradient, `momentum` keeps a
 * running sum in the first slot, where there is one.
 */
export function sgd(table: usize, count: i32, momentum: f32, nesterov: bool): void {
  const mu = f32x4.splat(momentum);
  const none = f32x4.splat(0);
  for (let row = 0; row < count; row++) {
    const entry = table + <usize>row * ROW_BYTES;
    const length = load<i32>(entry);
    const weights = <usize>load<u32>(entry, 4);
    const output = <usize>load<u32>(entry, 8);
    const gradient = <usize>load<u32>(entry, 12);
    const velocity = <usize>load<u32>(entry, 16);
    const guide = <usize>load<u32>(entry, 24);
    const rate = v128.load32_splat(entry, 28);
    const shrink = v128.load32_splat(entry, 32);
    const freeShrink = v128.load32_splat(entry, 36);
    for (let i = 0; i < length; ) {
      const o = (<usize>i) << 2;
      const wide = i + 4 <= length;
      const w = read(weights + o, wide);
      let g = f32x4.add(read(gradient + o, wide), f32x4.mul(shrink, w));
      if (velocity !== 0) {
        const v = f32x4.add(f32x4.mul(mu, read(velocity + o, wide)), g);
        write(velocity + o, v, wide);
        g = nesterov ? f32x4.add(g, f32x4.mul(mu, v)) : v;
      }
      const guideHere = guide === 0 ? guide : guide + o;
      write(output + o, move(w, f32x4.mul(rate, g), none, freeShrink, guideHere, wide), wide);
      i += wide ? 4 : 1;
    }
  }
}
