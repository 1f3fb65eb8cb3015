// The physical limit: 128-bit multiply-adds a second on registers alone, and the GFLOP/s that makes.
import asc from 'assemblyscript/asc';

const ROUNDS = 1_000_000;
const CHAINS = 12;

const program = (add) => `
export function run(rounds: i32): f32 {
  ${Array.from({ length: CHAINS }, (_, i) => `let c${i} = f32x4.splat(${i});`).join('\n')}
  const a = f32x4.splat(0.999), b = f32x4.splat(0.001);
  for (let i = 0; i < rounds; i++) {
    ${Array.from({ length: CHAINS }, (_, i) => `c${i} = ${add(`c${i}`)};`).join('\n')}
  }
  return f32x4.extract_lane(${Array.from({ length: CHAINS }, (_, i) => `c${i}`).reduce((x, y) => `f32x4.add(${x}, ${y})`)}, 0);
}`;

/** GFLOP/s of one thread: fused where the engine has relaxed SIMD, else of separate multiplies and adds. */
export async function peak() {
  const fused = await compile(
    program((c) => `f32x4.relaxed_madd(a, b, ${c})`),
    ['--enable', 'relaxed-simd'],
  );
  const isFused = WebAssembly.validate(fused);
  const bytes = isFused
    ? fused
    : await compile(
        program((c) => `f32x4.add(f32x4.mul(a, b), ${c})`),
        [],
      );
  const { instance } = await WebAssembly.instantiate(bytes);
  let best = Number.POSITIVE_INFINITY;
  const until = performance.now() + 3000; // long enough for the engine to compile it well
  while (performance.now() < until) {
    const before = performance.now();
    instance.exports.run(ROUNDS);
    best = Math.min(best, performance.now() - before);
  }
  return { fused: isFused, gflops: (ROUNDS * CHAINS * 8) / best / 1e6 };
}

async function compile(source, features) {
  const { binary, error, stderr } = await asc.compileString(source, {
    optimizeLevel: 3,
    runtime: 'stub',
    noAssert: true,
    enable: ['simd', ...features.filter((name) => !name.startsWith('-'))],
  });
  if (error) throw new Error(stderr.toString());
  return binary;
}
