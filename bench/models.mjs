// Time and memory of a forward pass and a training step per network, on WASM with the kernels, beside PyTorch.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';
import { zoo } from '@warmstart/models';
import { seededRandom } from '@warmstart/nn';

/** What each network is timed on: images by side, texts by length. */
const tasks = {
  resnet18: { side: 224 },
  resnet50: { side: 224 },
  googlenet: { side: 224 },
  inception_v3: { side: 299 },
  efficientnet_b0: { side: 224 },
  bert_base: { length: 64 },
  gpt2: { length: 64 },
};

/** @param {{ report: (row: object) => void, python: string | undefined }} options */
export default async function models({ report, python }) {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  await tf.setBackend('wasm');
  await installKernels(tf);
  for (const [name, task] of Object.entries(tasks)) {
    const ours = await timeOurs(name, task);
    const theirs = python ? timeTorch(python, name, task) : undefined;
    const input = task.side ? `1 × ${task.side} px` : `1 × ${task.length} tokens`;
    for (const kind of ['forward', 'training step']) {
      const peer = theirs && {
        peer: 'PyTorch, 1 thread',
        theirs: theirs[kind],
        ratio: theirs[kind] / ours[kind],
      };
      const note = `${Math.round(ours.megabytes)} MB of tensors at the end`;
      report({ task: `${name}, ${kind}, ${input}`, ours: ours[kind], unit: 'ms', ...peer, note });
    }
  }
}

async function timeOurs(name, { side, length }) {
  const model = zoo()
    .find((entry) => entry.name === name)
    .create({ random: seededRandom(1) });
  const input = side
    ? tf.randomUniform([1, side, side, 3], -1, 1, 'float32', 1)
    : [Array.from({ length }, (_, i) => i + 1)];
  model.resetHead(10, seededRandom(1));
  const variables = [...model.namedVariables()]
    .filter(({ kind }) => kind === 'parameter')
    .map(({ variable }) => variable);
  const loss = () => tf.tidy(() => tf.mean(tf.square(model.call(input))));
  const forward = async () => {
    const y = tf.tidy(() => model.call(input));
    await y.data();
    y.dispose();
  };
  const step = async () => {
    const { value, grads } = tf.variableGrads(loss, variables);
    await value.data();
    value.dispose();
    tf.dispose(grads);
  };
  const times = { forward: await median(forward, 5), 'training step': await median(step, 3) };
  const megabytes = tf.memory().numBytes / 1e6;
  model.dispose();
  tf.dispose(side ? input : []);
  return { ...times, megabytes };
}

async function median(run, count) {
  await run();
  const times = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(count / 2)];
}

function timeTorch(python, name, { side, length }) {
  const program = `
import json, sys, time
import torch
torch.set_num_threads(1)
name, side, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if side:
    from torchvision import models
    keep = dict(init_weights=False) if name in ("googlenet", "inception_v3") else {}
    model, x = getattr(models, name)(**keep).eval(), torch.rand(1, 3, side, side)
    run = lambda: model(x)
else:
    import transformers as hf
    model = (hf.BertModel(hf.BertConfig()) if name == "bert_base" else hf.GPT2Model(hf.GPT2Config())).eval()
    x = torch.arange(1, length + 1)[None]
    run = lambda: model(x).last_hidden_state
def median(f, n):
    f(); ts = []
    for _ in range(n):
        t = time.perf_counter(); f(); ts.append((time.perf_counter() - t) * 1000)
    return sorted(ts)[n // 2]
def forward():
    with torch.no_grad(): run()
def step():
    model.zero_grad(); run().pow(2).mean().backward()
print(json.dumps({"forward": median(forward, 5), "training step": median(step, 3)}))`;
  const args = ['-c', program, name, String(side ?? 0), String(length ?? 0)];
  const { status, stdout } = spawnSync(python, args, { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1)) : undefined;
}
