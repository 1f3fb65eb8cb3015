import type { AdamWStep, OptimizerRow, SgdStep } from '@warmstart/shapes';
import { bufferOf, flush, type WebGpuBackend, writableBufferOf } from './backend.js';

/** Uniform buffers are bound at multiples of this many bytes. */
const UNIFORM_STRIDE = 256;
const WORKGROUP = 64;
/** A dispatch may have 65535 workgroups in each dimension. */
const MAX_WORKGROUPS = 65535;

/** Bindings and the weight's move that both optimizers share. */
const PREAMBLE = /* wgsl */ `
struct Row {
  length: u32, guided: u32, rate: f32, shrink: f32, freeShrink: f32, root: f32,
  a: f32, b: f32, c: f32, d: f32, e: f32, flag: u32,
}
@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> guide: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> row: Row;

fn write_weight(i: u32, updated: f32, shrink: f32) {
  let w = weights[i];
  var g = 1.0;
  if (row.guided == 1u) { g = guide[i]; }
  var change = (updated + shrink * w) * g;
  if (g == 0.0) { change = 0.0; }
  var moved = w - change;
  if (g == 0.0) { moved = w; }
  if (row.freeShrink != 0.0) { moved = moved - row.freeShrink * w; } // -0 - (-0) would be 0
  output[i] = moved;
}
`;

const MAIN = `@compute @workgroup_size(${WORKGROUP}) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x + id.y * ${MAX_WORKGROUPS * WORKGROUP}u;
  if (i >= row.length) { return; }`;

// a β₁, b 1 − β₁, c β₂, d 1 − β₂, e epsilon
const ADAM_W = /* wgsl */ `${PREAMBLE}
@group(0) @binding(5) var<storage, read_write> first: array<f32>;
@group(0) @binding(6) var<storage, read_write> second: array<f32>;
${MAIN}
  let g = gradient[i];
  let m = row.a * first[i] + row.b * g;
  let v = row.c * second[i] + row.d * g * g;
  first[i] = m;
  second[i] = v;
  write_weight(i, row.rate * m / (sqrt(v) * row.root + row.e), row.shrink);
}`;

// a momentum; flag 1 nesterov
const SGD_WITH_MOMENTUM = /* wgsl */ `${PREAMBLE}
@group(0) @binding(5) var<storage, read_write> velocity: array<f32>;
${MAIN}
  var g = gradient[i] + row.shrink * weights[i];
  let v = row.a * velocity[i] + g;
  velocity[i] = v;
  if (row.flag == 1u) { g = g + row.a * v; } else { g = v; }
  write_weight(i, row.rate * g, 0.0);
}`;

const SGD = /* wgsl */ `${PREAMBLE}
${MAIN}
  write_weight(i, row.rate * (gradient[i] + row.shrink * weights[i]), 0.0);
}`;

/** One AdamW step of every row in one submission. */
export function adamWOnWebGpu(
  backend: WebGpuBackend,
  rows: readonly OptimizerRow[],
  { beta1, beta2, epsilon }: AdamWStep,
): void {
  run(backend, ADAM_W, rows, [beta1, 1 - beta1, beta2, 1 - beta2, epsilon], 0);
}

/** One SGD step of every row in one submission. */
export function sgdOnWebGpu(
  backend: WebGpuBackend,
  rows: readonly OptimizerRow[],
  { momentum, nesterov }: SgdStep,
): void {
  const source = rows[0]?.slots.length ? SGD_WITH_MOMENTUM : SGD;
  run(backend, source, rows, [momentum], Number(nesterov));
}

function run(
  backend: WebGpuBackend,
  source: string,
  rows: readonly OptimizerRow[],
  constants: readonly number[],
  flag: number,
): void {
  const { device } = backend;
  const pipeline = pipelineOf(device, source);
  const filled = rows.filter(({ length }) => length > 0);
  const buffers = filled.map((row) => [
    bufferOf(backend, row.weights),
    bufferOf(backend, row.gradient),
    bufferOf(backend, row.guide ?? row.weights),
    writableBufferOf(backend, row.output),
    ...row.slots.map((slot) => writableBufferOf(backend, slot)),
  ]);
  flush(backend);
  const uniforms = device.createBuffer({
    size: Math.max(1, filled.length) * UNIFORM_STRIDE,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(uniforms, 0, uniformBytes(filled, constants, flag));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  filled.forEach((row, i) => {
    const uniform = { buffer: uniforms, offset: i * UNIFORM_STRIDE, size: 48 };
    const [weights, gradient, guide, output, ...slots] = (buffers[i] ?? []).map((buffer) => ({ buffer }));
    const bound = [weights, gradient, guide, output, uniform, ...slots] as GPUBufferBinding[];
    const entries = bound.map((resource, binding) => ({ binding, resource }));
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    const groups = Math.ceil(row.length / WORKGROUP);
    pass.dispatchWorkgroups(Math.min(groups, MAX_WORKGROUPS), Math.ceil(groups / MAX_WORKGROUPS));
  });
  pass.end();
  device.queue.submit([encoder.finish()]);
  uniforms.destroy(); // allowed once submitted: the queue still reads it
}

function uniformBytes(
  rows: readonly OptimizerRow[],
  constants: readonly number[],
  flag: number,
): ArrayBuffer {
  const bytes = new ArrayBuffer(Math.max(1, rows.length) * UNIFORM_STRIDE);
  rows.forEach((row, i) => {
    const words = new Uint32Array(bytes, i * UNIFORM_STRIDE, 12);
    words.set([row.length, row.guide ? 1 : 0]);
    new Float32Array(words.buffer, words.byteOffset, 12).set(
      [row.stepSize, row.shrink, row.freeShrink, row.rootCorrection, ...constants],
      2,
    );
    words[11] = flag;
  });
  return bytes;
}

const pipelines = new WeakMap<GPUDevice, Map<string, GPUComputePipeline>>();

function pipelineOf(device: GPUDevice, code: string): GPUComputePipeline {
  const known = pipelines.get(device) ?? new Map<string, GPUComputePipeline>();
  pipelines.set(device, known);
  const pipeline =
    known.get(code) ??
    device.createComputePipeline({
      layout: 'auto',
      compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
    });
  known.set(code, pipeline);
  return pipeline;
}
