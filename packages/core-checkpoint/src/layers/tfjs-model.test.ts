import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadStateDict } from '../load/load-state-dict.js';
import { stateDict } from '../load/state-dict.js';
import { type OpenSource, open } from '../open.js';
import { save } from '../save.js';
import { layersModel } from './layers-model.js';

const folder = mkdtempSync(join(tmpdir(), 'tfjs-'));
const at = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Two layers of one class and one shape, nested, wrapped and recurrent ones; automatic names and given ones. */
function build(named = false): tf.LayersModel {
  const { layers } = tf;
  const base = tf.sequential({
    layers: [
      layers.dense({ inputShape: [5, 6], units: 6 }),
      layers.dense({ units: 6, ...(named && { name: 'second' }) }),
    ],
  });
  return tf.sequential({
    layers: [
      base,
      layers.batchNormalization(),
      layers.bidirectional({
        layer: layers.lstm({ units: 3, returnSequences: true }) as tf.RNN,
        mergeMode: 'concat',
      }),
      layers.timeDistributed({ layer: layers.dense({ units: 6 }) }),
      layers.gru({ units: 6 }),
      layers.dense({ units: 6, ...(named && { name: 'head' }) }),
    ],
  });
}

const input = () => tf.sin(tf.range(0, 60)).reshape([2, 5, 6]);

async function outputsOf(model: tf.LayersModel): Promise<Float32Array> {
  const output = model.predict(input()) as tf.Tensor;
  return (await output.data()) as Float32Array;
}

function scramble(model: tf.LayersModel): tf.LayersModel {
  let seed = 1;
  model.setWeights(
    model.getWeights().map((weight) => tf.randomUniform(weight.shape, 0.1, 0.9, 'float32', seed++)),
  );
  return model;
}

/** The files that `model.save('downloads://mine')` gives a browser, caught instead of downloaded. */
async function download(model: tf.LayersModel, to: string): Promise<void> {
  const blobs: Blob[] = [];
  const links: { download?: string; href?: string }[] = [];
  const page = globalThis as unknown as Record<string, unknown>;
  const before = URL.createObjectURL;
  URL.createObjectURL = (blob) => `blob:${blobs.push(blob as Blob) - 1}`;
  page.document = {
    createElement: () => {
      const link: (typeof links)[number] & { dispatchEvent(): void } = { dispatchEvent() {} };
      links.push(link);
      return link;
    },
  };
  page.MouseEvent = class {};
  page.window = { URL };
  tf.env().set('IS_BROWSER', true);
  try {
    await model.save('downloads://mine');
  } finally {
    tf.env().set('IS_BROWSER', false);
    URL.createObjectURL = before;
    for (const name of ['document', 'MouseEvent', 'window']) delete page[name];
  }
  mkdirSync(to, { recursive: true });
  for (const { download: name = '', href = '' } of links)
    writeFileSync(join(to, name), Buffer.from(await (blobs[Number(href.slice(5))] as Blob).arrayBuffer()));
}

async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let caught: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      caught = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return caught;
}

async function expectLoads(source: OpenSource, original: tf.LayersModel, into = build()): Promise<void> {
  const checkpoint = await open(source);
  const report = loadStateDict(layersModel(into), await checkpoint.stateDict());
  await checkpoint.close();
  expect(String(report)).toBe('<All keys matched successfully>');
  expect(await outputsOf(into)).toEqual(await outputsOf(original));
}

describe('a model that TensorFlow.js saved', () => {
  it('loads from what a browser downloads, whatever was built before', async () => {
    const model = scramble(build());
    await download(model, at('downloads'));
    const { weightsManifest } = JSON.parse(readFileSync(at('downloads', 'mine.json'), 'utf8'));
    expect(weightsManifest[0].paths).toEqual(['./mine.weights.bin']);
    await expectLoads(at('downloads', 'mine.json'), model);
  });

  it('loads from a folder below, and refuses what leads elsewhere', async () => {
    const model = scramble(build());
    await download(model, at('below'));
    mkdirSync(at('below', 'weights'));
    renameSync(at('below', 'mine.weights.bin'), at('below', 'weights', 'w.bin'));
    const json = readFileSync(at('below', 'mine.json'), 'utf8');
    const rewrite = (path: string) =>
      writeFileSync(at('below', 'mine.json'), json.replace('./mine.weights.bin', path));
    rewrite('weights/w.bin');
    await expectLoads(at('below', 'mine.json'), model);
    for (const path of [
      '../w.bin',
      '/etc/w.bin',
      'weights/../../w.bin',
      'https://example.org/w.bin',
      '.',
      '',
    ]) {
      rewrite(path);
      await expect(open(at('below', 'mine.json'))).rejects.toMatchObject({ code: 'unsafe-path' });
    }
  });

  it('loads from memory, as IOHandlers pass it on', async () => {
    const model = scramble(build());
    const artifacts = await artifactsOf(model);
    await expectLoads(artifacts, model);
    const weightData = [new Uint8Array(artifacts.weightData as ArrayBuffer).slice(0, 7).buffer];
    weightData.push(new Uint8Array(artifacts.weightData as ArrayBuffer).slice(7).buffer);
    await expectLoads({ ...artifacts, weightData }, model);
  });

  it('loads into a model that was frozen meanwhile, and one with given names', async () => {
    const model = scramble(build(true));
    const [frozen] = model.layers;
    if (frozen) frozen.trainable = false; // TensorFlow.js writes what is frozen last
    await expectLoads(await artifactsOf(model), model, build(true));
  });
});

describe('save, with a layersModel', () => {
  it('writes a folder that tf.loadLayersModel reads, to the same outputs', async () => {
    const model = scramble(build());
    await save(at('written'), await stateDict(layersModel(model)), { layersModel: model });
    const json = JSON.parse(readFileSync(at('written', 'model.json'), 'utf8'));
    const [{ paths, weights }] = json.weightsManifest;
    const bytes = Buffer.concat((paths as string[]).map((path) => readFileSync(at('written', path))));
    const again = await tf.loadLayersModel(
      tf.io.fromMemory({
        modelTopology: json.modelTopology,
        format: json.format,
        weightSpecs: weights,
        weightData: new Uint8Array(bytes).buffer,
      }),
    );
    expect(await outputsOf(again)).toEqual(await outputsOf(model));
    await expectLoads(at('written', 'model.json'), model);
  });

  it("refuses another model's dict, PyTorch's names and a single file", async () => {
    const model = build();
    const dict = await stateDict(layersModel(model));
    const one = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: 1 })] });
    await expect(save(at('other'), dict, { layersModel: one })).rejects.toThrow(
      'save: the dict must have dense.kernel [2,1] of layersModel, got [6,6].',
    );
    const pytorch = await stateDict(layersModel(one, { names: 'pytorch' }));
    await expect(save(at('other'), pytorch, { layersModel: one })).rejects.toThrow("by Keras's names");
    await expect(save(at('other.pt'), dict, { layersModel: model })).rejects.toThrow(
      'layersModel goes with a folder, got pytorch',
    );
  });
});
