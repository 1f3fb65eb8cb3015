import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What a package is tried with in a browser: its README's first program, another one, or nothing, with the reason. */
type BrowserTrial = 'readme' | { source: string; output: string } | { nodeOnly: string };

/** By package: every published one is listed. */
export const browserTrials: Record<string, BrowserTrial> = {
  '@warmstart/compile': { nodeOnly: 'ONNX Runtime for Node runs its steps' },
  '@warmstart/core-checkpoint': {
    // the README's first program saves to disk
    source: `
      import { open, toBytes } from '@warmstart/core-checkpoint';
      const weights = new Map([['fc.bias', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }]]);
      for (const format of ['pytorch', 'safetensors', 'npz']) {
        const checkpoint = await open(new Blob([toBytes(weights, format)]));
        const { data } = (await checkpoint.stateDict()).get('fc.bias');
        console.log(checkpoint.format, checkpoint.keys().join(), Array.from(data).join());
      }`,
    output: 'pytorch fc.bias 1,2\nsafetensors fc.bias 1,2\nnpz fc.bias 1,2',
  },
  '@warmstart/datasets': 'readme',
  '@warmstart/finetune-heads': 'readme',
  '@warmstart/guided-tl': 'readme',
  '@warmstart/kernels': {
    // the README's first program, set up as the site's page on browsers says
    source: `${setUpOf('guides/browser.md')}
      const x = tf.randomNormal([8, 16, 16, 3], 0, 1, 'float32', 1);
      const filter = tf.variable(tf.zeros([3, 3, 3, 4]));
      const target = tf.conv2d(x, tf.randomNormal([3, 3, 3, 4], 0, 1, 'float32', 2), 1, 'same');
      const optimizer = tf.train.adam(0.05);
      const loss = () => tf.losses.meanSquaredError(target, tf.conv2d(x, filter, 1, 'same'));
      for (let step = 0; step < 100; step++) optimizer.minimize(loss);
      console.log(tf.getBackend(), (await loss().data())[0] < 1);`,
    output: 'wasm true',
  },
  '@warmstart/models': 'readme',
  '@warmstart/nn': 'readme',
  '@warmstart/random': 'readme',
  '@warmstart/scale-bullmq': { nodeOnly: 'it talks to Redis' },
  '@warmstart/shapes': { nodeOnly: 'it is types, which no browser sees' },
  '@warmstart/ssl-masking': 'readme',
  '@warmstart/tokenizers': 'readme',
  '@warmstart/trainer': { nodeOnly: 'it is a command line' },
  '@warmstart/training': 'readme',
};

/** The program of a page of the site that sets up a browser: its first `js` block. */
function setUpOf(page: string): string {
  const text = readFileSync(fileURLToPath(new URL(`../docs/${page}`, import.meta.url)), 'utf8');
  const [, source] = text.match(/^```js\n([\s\S]*?)^```$/m) ?? [];
  if (source === undefined) throw new Error(`docs/${page} has no js block.`);
  return source;
}
