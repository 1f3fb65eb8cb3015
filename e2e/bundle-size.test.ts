import { describe, expect, inject, it } from 'vitest';
import { bundleOf } from './bundle.js';

const project = inject('everythingInstalled');

/** What no bundle for a page may hold: code made from text, Node's modules, hidden randomness, network or state. */
const neverInAPage = [
  /\beval\(/,
  /new Function\(/,
  /from ?["']node:/,
  /import\(["']node:/,
  /\bMath\.random\(/,
  /\bXMLHttpRequest\b/,
  /\bdocument\.cookie\b/,
  /\blocalStorage\b/,
];

/**
 * Ceilings in bytes of minified, gzipped code, a tenth above what was measured; TensorFlow.js is not counted.
 * `without`: names that show that something else came along.
 */
const uses: { name: string; take: string[]; gzip: number; without?: string[] }[] = [
  { name: 'core-checkpoint', take: ['open'], gzip: 38_500, without: ['CheckpointManager', '_rebuild_model'] },
  {
    name: 'core-checkpoint',
    take: ['save'],
    gzip: 10_500,
    without: ['GLOBAL', 'npy_header', 'unsafe-global'],
  },
  {
    name: 'core-checkpoint',
    take: ['stateDict', 'loadStateDict'],
    gzip: 7700,
    without: ['unsafe-global'],
  },
  { name: 'core-checkpoint', take: ['toBytes'], gzip: 6700, without: ['unsafe-global', 'indexedDB'] },
  { name: 'core-checkpoint', take: ['diff'], gzip: 2450, without: ['safetensors'] },
  { name: 'nn', take: ['Linear'], gzip: 2050, without: ['running_mean', 'conv2d'] },
  { name: 'nn', take: ['crossEntropy'], gzip: 700, without: ['weight'] },
  { name: 'nn', take: ['TransformerBlock'], gzip: 3950, without: ['running_mean', 'conv2d'] },
  { name: 'ssl-masking', take: ['sampleMask'], gzip: 1600, without: ['maskTokens', 'zinb', 'tidy'] },
  {
    name: 'ssl-masking',
    take: ['sampleMask', 'hideValues', 'maskedLoss'],
    gzip: 2300,
    without: ['zinb', 'patchSize'],
  },
  { name: 'ssl-masking', take: ['maskTokens'], gzip: 2400, without: ['patchSize'] },
  { name: 'ssl-masking', take: ['maskPatches'], gzip: 1200, without: ['vocabularySize'] },
  { name: 'finetune-heads', take: ['selectVariables'], gzip: 420, without: ['lora', 'L-BFGS'] },
  { name: 'finetune-heads', take: ['linearHead', 'withHead'], gzip: 3500, without: ['lora', 'pseudoLabel'] },
  { name: 'finetune-heads', take: ['linearProbe'], gzip: 3200, without: ['lora'] },
  { name: 'guided-tl', take: ['guideUpdates'], gzip: 3200, without: ['kMeans', 'bootstrap', 'tinypool'] },
  { name: 'guided-tl', take: ['scout', 'guides'], gzip: 8200, without: ['kMeans', 'tinypool'] },
  { name: 'guided-tl', take: ['openGuides'], gzip: 2500, without: ['kMeans', 'tinypool'] },
  { name: 'training', take: ['fit', 'adamW'], gzip: 8300, without: ['rocAuc', 'oneCycle'] },
  { name: 'training', take: ['warmupCosine'], gzip: 400, without: ['NonFiniteLossError'] },
  { name: 'random', take: ['seededRandom'], gzip: 800, without: ['permutation', 'shuffle'] },
  { name: 'random', take: ['keyedPermutation'], gzip: 1100, without: ['shuffle'] },
  { name: 'datasets', take: ['load'], gzip: 56_300, without: ['hyparquet'] },
  { name: 'datasets', take: ['readTextTable'], gzip: 2600, without: ['cifar', 'PickleReader', 'parquet'] },
  { name: 'models', take: ['autoencoder'], gzip: 2880, without: ['attention', 'conv2d'] },
  { name: 'models', take: ['resnet50'], gzip: 6700, without: ['word_embeddings', 'wte', 'inception'] },
  { name: 'models', take: ['bert'], gzip: 6600, without: ['conv2d', 'wte', 'layer4'] },
  {
    name: 'tokenizers',
    take: ['readTokenizer'],
    gzip: 16_000,
    without: ['trainTokenizer', 'vocabularySize'],
  },
  { name: 'tokenizers', take: ['trainTokenizer'], gzip: 15_500, without: ['readTokenizer', 'merges.txt'] },
  { name: 'kernels', take: ['linear'], gzip: 1200, without: ['wasm-feature'] },
  { name: 'kernels', take: ['installKernels'], gzip: 26_500 },
];

describe('a bundle for a page', () => {
  it.each(uses)('with $take of $name stays under $gzip bytes', async ({ name, take, gzip, without = [] }) => {
    const { code, gzipBytes } = await bundleOf(project, `@warmstart/${name}`, take);
    expect(gzipBytes).toBeLessThan(gzip);
    expect(gzipBytes, 'it bundled nothing').toBeGreaterThan(gzip / 3);
    expect(without.filter((word) => code.includes(word))).toEqual([]);
    expect(neverInAPage.filter((pattern) => pattern.test(code)).map(String)).toEqual([]);
  });

  const libraries = inject('packed').filter(({ folder }) => folder.startsWith('packages/'));
  it.each(libraries)('that imports $name for nothing is empty', async ({ name }) => {
    const { code, lazyChunks } = await bundleOf(project, name, []);
    expect(code.trim()).toBe('');
    expect(lazyChunks).toEqual([]);
  });

  it('with data loads a shipped set only when it is asked for', async () => {
    const { lazyChunks, code } = await bundleOf(project, '@warmstart/datasets', ['load']);
    for (const shipped of ['spambase', 'dna-splice', 'tissue-gene-expression']) {
      expect(
        lazyChunks.some((chunk) => chunk.includes(shipped)),
        shipped,
      ).toBe(true);
    }
    expect(code.length).toBeLessThan(140_000);
  });
});
