// Whole and partial loads, conversions and remote reads of a 400 MB checkpoint of 95 tensors.
// Peers: reading the same bytes plainly, torch.load and the official safetensors reader for Python.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { open, save } from '@warmstart/core-checkpoint';

const rounds = 3;
const tensorCount = 95;
const elements = 1_050_000; // of each tensor: 4.2 MB

/** @param {{ report: (row: object) => void, python?: string }} options */
export default async function bench({ report, python }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-checkpoint-'));
  try {
    const files = await makeFiles(folder);
    for (const [name, file] of Object.entries(files)) await benchFile(name, file, { report, python });
    await benchRemote(files.pt, report);
    await benchConversions(report);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function makeFiles(folder) {
  const dict = new Map();
  for (let i = 0; i < tensorCount; i++) {
    const data = Float32Array.from({ length: elements }, (_, at) => Math.sin(at + i));
    const part = i < 10 ? 'encoder' : 'decoder';
    dict.set(`${part}.${String(i).padStart(2, '0')}`, { dtype: 'float32', shape: [1050, 1000], data });
  }
  const files = { pt: join(folder, 'model.pt'), safetensors: join(folder, 'model.safetensors') };
  for (const file of Object.values(files)) await save(file, dict);
  return files;
}

async function benchFile(name, file, { report, python }) {
  const size = statSync(file).size;
  const withCrc = name === 'pt';
  const whole = async (verify) => {
    const checkpoint = await open(file, { verify });
    const dict = await checkpoint.stateDict();
    await checkpoint.close();
    return dict.size;
  };
  const [ten, tenPlain] = partialLoad(file, withCrc);
  report({
    task: `${name}: 10 of ${tensorCount} tensors`,
    ours: ten,
    unit: 'ms',
    peer: 'plain read of as many bytes',
    theirs: tenPlain,
    ratio: ten / tenPlain,
    target: '<= 1.3',
  });
  const [ours, plain] = await together(
    () => whole('crc'),
    () => plainRead(file, size, withCrc),
  );
  report({
    task: `${name}: whole file${withCrc ? ' with CRC' : ''}, ${Math.round(size / 1e6)} MB`,
    ours,
    unit: 'ms',
    peer: withCrc ? 'plain read + CRC' : 'plain read',
    theirs: plain,
    ratio: ours / plain,
    target: '<= 1.5',
  });
  report({
    task: `${name}: extra memory, one by one`,
    ours: await extraMemory(file),
    unit: 'MB',
    target: '<= 12.2',
  });
  if (!python) return;
  const header = await median(() => whole('header'));
  for (const [peer, load] of pythonLoads[name]) report(pythonRow(name, file, python, { peer, load, header }));
}

/** Python's readers touch every page, so that what is mapped is read; `clone` copies it, as a load into a model does. */
const pythonLoads = {
  pt: [['torch.load, which checks no CRC', 'torch.load(f, weights_only=True)']],
  safetensors: [
    ['safetensors for Python, which maps the file and copies nothing', 'load_file(f)'],
    ['the same into memory of its own', '{k: t.clone() for k, t in load_file(f).items()}'],
  ],
};

function partialLoad(file, withCrc) {
  const script = fileURLToPath(new URL('./core-checkpoint/partial-load.mjs', import.meta.url));
  const args = [script, file, String(elements * 4), withCrc ? 'crc' : 'plain'];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

/** The least any reader can do: the bytes into memory of the tensors' sizes, all of it kept, and their checksum. */
async function plainRead(file, size, withCrc) {
  const descriptor = openSync(file, 'r');
  const kept = [];
  for (let at = 0; at < size; ) {
    const buffer = new Uint8Array(Math.min(elements * 4, size - at));
    at += readSync(descriptor, buffer, 0, buffer.length, at);
    if (withCrc) crc32(buffer);
    kept.push(buffer);
  }
  closeSync(descriptor);
  return kept;
}

/** Highest memory beyond what was there before, tensors let go of as they come. */
async function extraMemory(file) {
  const program = `
    const { open } = await import(${JSON.stringify(import.meta.resolve('@warmstart/core-checkpoint'))});
    const checkpoint = await open(process.argv[1]);
    const rss = () => { gc(); const { external, heapUsed } = process.memoryUsage(); return external + heapUsed; };
    const before = rss();
    let most = 0;
    for await (const [key, tensor] of checkpoint.readEach()) most = Math.max(most, rss() - before);
    console.log(most / 1e6);`;
  const { stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', program, file],
    {
      encoding: 'utf8',
    },
  );
  return Number(stdout);
}

function pythonRow(name, file, python, { peer, load, header }) {
  const program = `
import sys, time, torch
from safetensors.torch import load_file
f = sys.argv[1]; times = []
for _ in range(${rounds + 1}):
    began = time.perf_counter()
    for tensor in (${load}).values(): tensor.view(-1)[::1024].clone()
    times.append(1000 * (time.perf_counter() - began))
print(sorted(times)[len(times) // 2])`;
  const { stdout, status } = spawnSync(python, ['-W', 'ignore', '-c', program, file], { encoding: 'utf8' });
  const row = { task: `${name}: whole file, checksums as the peer's`, ours: header, unit: 'ms' };
  if (status !== 0) return { ...row, note: 'the Python peer failed' };
  const theirs = Number(stdout);
  return { ...row, peer, theirs, ratio: header / theirs, target: '<= 2' };
}

async function benchRemote(file, report) {
  let requests = 0;
  let sent = 0;
  const { size } = statSync(file);
  const handle = await openFile(file);
  const server = createServer(async (request, response) => {
    requests += 1;
    const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range);
    const end = Math.min(Number(last) + 1, size);
    const bytes = Buffer.alloc(end - Number(first));
    await handle.read(bytes, 0, bytes.length, Number(first));
    sent += bytes.length;
    response.writeHead(206, { 'content-range': `bytes ${first}-${end - 1}/${size}`, etag: '"1"' });
    response.end(bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const checkpoint = await open(`http://127.0.0.1:${server.address().port}/model.pt`, { fetch });
  await checkpoint.stateDict({ include: 'encoder.**' });
  await checkpoint.close();
  server.close();
  await handle.close();
  const asked = elements * 4 * 10;
  report({ task: 'pt over HTTP: encoder only, requests', ours: requests, unit: 'requests', target: '<= 3' });
  report({
    task: 'pt over HTTP: encoder only, bytes',
    ours: sent / 1e6,
    unit: 'MB',
    peer: 'asked for',
    theirs: asked / 1e6,
    ratio: sent / asked,
    target: '<= 1.3 + 64 KB',
  });
}

/** Through the public door: the time a read takes beyond reading the same bytes as they are. */
async function benchConversions(report) {
  const count = 2 ** 24;
  const { loadStateDict } = await import('@warmstart/core-checkpoint');
  const tf = await import('@tensorflow/tfjs');
  await tf.setBackend('cpu');
  for (const [dtype, Values] of [
    ['float32', Float32Array],
    ['bfloat16', Uint16Array],
    ['float16', Uint16Array],
  ]) {
    const variable = tf.variable(tf.zeros([count]));
    const model = { namedVariables: () => [{ path: 'w', variable, kind: 'parameter' }] };
    const dict = new Map([['w', { dtype, shape: [count], data: new Values(count).fill(1) }]]);
    const ms = await median(() => loadStateDict(model, dict));
    report({ task: `load ${dtype} into float32, 16.8 M elements`, ours: count / ms / 1e3, unit: 'M/s' });
    variable.dispose();
  }
  const variable = tf.variable(tf.zeros([4096, 4096]));
  const dict = new Map([['w', { dtype: 'float32', shape: [4096, 4096], data: new Float32Array(count) }]]);
  const model = (layout) => ({ namedVariables: () => [{ path: 'w', variable, kind: 'parameter', layout }] });
  const [permuted, copied] = await together(
    () => loadStateDict(model([1, 0]), dict),
    () => loadStateDict(model([0, 1]), dict),
  );
  report({
    task: 'load and transpose 4096 x 4096',
    ours: permuted,
    unit: 'ms',
    peer: 'load without transposing',
    theirs: copied,
    ratio: permuted / copied,
  });
}

/** Medians of two jobs, measured in turns, so that both see the same machine. */
async function together(a, b) {
  const [x, y] = [[], []];
  for (let i = 0; i <= rounds; i++) {
    x.push(await milliseconds(a));
    y.push(await milliseconds(b));
  }
  return [middle(x.slice(1)), middle(y.slice(1))];
}

async function median(run) {
  const times = [];
  for (let i = 0; i <= rounds; i++) times.push(await milliseconds(run));
  return middle(times.slice(1));
}

async function milliseconds(run) {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

function middle(times) {
  return times.sort((a, b) => a - b)[times.length >> 1];
}
