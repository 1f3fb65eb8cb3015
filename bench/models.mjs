// Processor time and memory of a forward pass and a training step per network, on WASM with the kernels, beside PyTorch,
// and an epoch of head training on the kept features of a frozen trunk. Each network runs in a process of its own, so
// that its peak memory is its own; one thread, so that on an idle machine this is the time one waits.
// WARMSTART_BENCH_MODELS=name,name picks some.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';
import { elmoCharacters, scbert, zoo } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';

/** What each network is timed on: images by side, texts and cells by length. */
const tasks = {
  resnet18: { side: 224 },
  resnet50: { side: 224 },
  googlenet: { side: 224 },
  inception_v3: { side: 299 },
  efficientnet_b0: { side: 224 },
  efficientnet_b4: { side: 380 },
  vgg19: { side: 224 },
  minilm_l6: { length: 64 },
  bert_base: { length: 64 },
  gpt2: { length: 64 },
  elmo: { length: 8 },
  scbert: { length: 500 },
};
const kinds = ['forward', 'training step'];
/** Examples in the epoch of head training, in batches of 16. */
const epochOf = 64;
const file = fileURLToPath(import.meta.url);

/** @param {{ report: (row: object) => void, python: string | undefined }} options */
export default async function models({ report, python }) {
  const wanted = process.env.WARMSTART_BENCH_MODELS?.split(',') ?? Object.keys(tasks);
  for (const name of wanted) {
    const task = tasks[name];
    if (!task)
      throw new RangeError(`bench models: name must be one of ${Object.keys(tasks)}, got "${name}".`);
    const ours = lastLine(spawnSync(process.execPath, [file, name], { encoding: 'utf8' }));
    const theirs = python && lastLine(timeTorch(python, name, task));
    const input = task.side ? `1 × ${task.side} px` : `1 × ${task.length} ${unitOf(name)}`;
    for (const kind of kinds) {
      const peer = theirs && {
        peer: 'PyTorch, 1 thread',
        theirs: theirs[kind].ms,
        ratio: theirs[kind].ms / ours[kind].ms,
      };
      const beside = theirs ? `, PyTorch ${Math.round(theirs[kind].megabytes)} MB` : '';
      const note = `peak ${Math.round(ours[kind].megabytes)} MB${beside}`;
      report({ task: `${name}, ${kind}, ${input}`, ours: ours[kind].ms, unit: 'ms', ...peer, note });
    }
    if (name !== 'scbert') reportHeadEpoch(report, name, ours); // its head reads every gene, not features
  }
}

/** What an epoch costs once the trunk's features are kept, beside running the frozen trunk again in each epoch. */
function reportHeadEpoch(report, name, ours) {
  const epoch = ours['head epoch'].ms;
  const trunk = epochOf * ours.forward.ms;
  const peer = { peer: 'the trunk in each epoch', theirs: trunk + epoch, ratio: (trunk + epoch) / epoch };
  report({ task: `${name}, head epoch, ${epochOf} kept rows`, ours: epoch, unit: 'ms', ...peer });
}

function unitOf(name) {
  if (name === 'scbert') return 'genes';
  return name === 'elmo' ? 'words' : 'tokens';
}

function lastLine({ status, stdout, stderr }) {
  if (status !== 0) throw new Error(`bench models: a process failed.\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

if (process.argv[1] === file) process.stdout.write(`${JSON.stringify(await timeOurs(process.argv[2]))}\n`);

async function timeOurs(name) {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  await tf.setBackend('wasm');
  await installKernels(tf);
  const { side, length } = tasks[name];
  const random = seededRandom(1);
  const model =
    name === 'scbert'
      ? scbert({ random, geneCount: length })
      : zoo()
          .find((entry) => entry.name === name)
          .create({ random });
  model.resetHead(10, random);
  const input = inputOf(name, side, length);
  const variables = [...model.namedVariables()]
    .filter(({ kind }) => kind === 'parameter')
    .map(({ variable }) => variable);
  const optimizer = tf.train.sgd(1e-6);
  const forward = async () => {
    const y = tf.tidy(() => model.call(input));
    await y.data();
    y.dispose();
  };
  const step = async () => {
    const loss = optimizer.minimize(() => tf.mean(tf.square(model.call(input))), true, variables);
    await loss.data();
    loss.dispose();
  };
  return {
    forward: await measure(forward, 3),
    'training step': await measure(step, 3),
    ...(name !== 'scbert' && { 'head epoch': await measure(headEpochOf(model, input, optimizer), 3) }),
  };
}

function headEpochOf(model, input, optimizer) {
  const kept = tf.tidy(() => tf.tile(model.features(input), [16, 1]));
  const head = (features) => (model.classify ? model.classify(features) : model.classifier.call(features));
  return async () => {
    for (let row = 0; row < epochOf; row += 16) {
      const loss = optimizer.minimize(() => tf.mean(tf.square(head(kept))), true);
      await loss.data();
      loss.dispose();
    }
  };
}

function inputOf(name, side, length) {
  if (side) return tf.randomUniform([1, side, side, 3], -1, 1, 'float32', 1);
  if (name === 'elmo') return { characters: elmoCharacters([new Array(length - 2).fill('word')]) };
  if (name === 'scbert') return [Array.from({ length: length + 1 }, (_, i) => i % 6)];
  return [Array.from({ length }, (_, i) => i + 1)];
}

async function measure(run, count) {
  await run();
  const times = [];
  for (let i = 0; i < count; i++) {
    const started = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(started);
    times.push((user + system) / 1000);
  }
  const ms = times.sort((a, b) => a - b)[Math.floor(count / 2)];
  return { ms, megabytes: process.resourceUsage().maxRSS / 1024 };
}

function timeTorch(python, name, { side, length }) {
  const program = `
import json, resource, sys, time
import torch
torch.set_num_threads(1)
name, side, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sys.path.insert(0, sys.argv[4])
if side:
    from torchvision import models
    keep = dict(init_weights=False) if name in ("googlenet", "inception_v3") else {}
    model, x = getattr(models, name)(num_classes=10, **keep).eval(), torch.rand(1, 3, side, side)
    run = lambda: model(x)
elif name in ("elmo", "scbert"):
    import make_parity
    if name == "elmo":
        filters = [(1, 32), (2, 32), (3, 64), (4, 128), (5, 256), (6, 512), (7, 1024)]
        model, x = make_parity.Elmo(16, filters, 4096, 512, 2).eval(), torch.ones(1, length, 50, dtype=torch.long)
    else: model, x = make_parity.ScBert(length, 200, 6, 10, 64, 266).eval(), torch.arange(length + 1)[None] % 6
    run = lambda: model(x)
else:
    import transformers as hf
    small = dict(hidden_size=384, num_hidden_layers=6, intermediate_size=1536)
    model = {"bert_base": lambda: hf.BertModel(hf.BertConfig()), "minilm_l6": lambda: hf.BertModel(hf.BertConfig(**small)),
             "gpt2": lambda: hf.GPT2Model(hf.GPT2Config())}[name]().eval()
    x = torch.arange(1, length + 1)[None]
    run = lambda: model(x).last_hidden_state
optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
def measure(f, n):
    f(); ts = []
    for _ in range(n):
        t = time.process_time(); f(); ts.append((time.process_time() - t) * 1000)
    return {"ms": sorted(ts)[n // 2], "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
def forward():
    with torch.no_grad(): run()
def step():
    optimizer.zero_grad(); run().pow(2).mean().backward(); optimizer.step()
torch.set_grad_enabled(True)
print(json.dumps({"forward": measure(forward, 3), "training step": measure(step, 3)}))`;
  const fixtures = fileURLToPath(new URL('../packages/models/fixtures/', import.meta.url));
  const args = ['-c', program, name, String(side ?? 0), String(length ?? 0), fixtures];
  return spawnSync(python, args, { encoding: 'utf8' });
}
