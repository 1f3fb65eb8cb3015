// Real weights, few images: Inception v3 runs once, and a head learns three kinds of drawings from four of each.
import '@tensorflow/tfjs-backend-wasm';
import { mkdtempSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, open } from '@warmstart/core-checkpoint';
import { cacheFeatures, linearProbe, probeLogits } from '@warmstart/finetune-heads';
import { fromKerasInceptionV3, imagePreparation, inceptionV3, prepareImages } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import { InceptionV3Model as published } from 'nsfwjs/models/inception_v3'; // MIT

await tf.setBackend('wasm');
const folder = mkdtempSync('inception-');
const { default: json } = await published.modelJson();
writeFileSync(`${folder}/model.json`, JSON.stringify(json));
for (const [i, shard] of published.weightBundles.entries())
  writeFileSync(`${folder}/${json.weightsManifest[0]?.paths[i]}`, (await shard()).default, 'base64');
const file = await open(`${folder}/model.json`);
const model = inceptionV3({ auxiliary: false, countIncludePad: false, random: seededRandom(1) });
loadStateDict(model, fromKerasInceptionV3(await file.stateDict()), { strict: false }); // all but the head
await file.close();
const preparation = { ...imagePreparation('keras_inception_v3'), resizeTo: 107, cropTo: 107 };
const isInk = [
  (y: number, _: number, size: number) => Math.sin((y * 4) / size) > 0, // stripes lying down
  (_: number, x: number, size: number) => Math.sin((x * 4) / size) > 0, // stripes standing
  (y: number, x: number, size: number) => Math.hypot(y - 50 - size, x - 70 + size) < size + 15, // discs
];
function drawing(kind: number, size: number) {
  const ink = (at: number) => (isInk[kind]?.(Math.floor(at / 107), at % 107, size) ? 220 : 30);
  const pixels = Float32Array.from({ length: 107 * 107 * 3 }, (_, i) => ink(Math.floor(i / 3)));
  return prepareImages(tf.tensor3d(pixels, [107, 107, 3]), preparation);
}
const drawings = (sizes: number[]) => sizes.flatMap((size) => [0, 1, 2].map((kind) => drawing(kind, size)));
const features = (sizes: number[]) => cacheFeatures((x: tf.Tensor) => model.features(x), drawings(sizes));
const probe = linearProbe(await features([11, 14, 18, 23]), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
const { data } = probeLogits(probe, await features([10, 13, 16, 20, 25]));
const rows = Array.from({ length: 15 }, (_, i) => [...data.slice(3 * i, 3 * i + 3)]);
const right = rows.filter((logits, i) => logits.indexOf(Math.max(...logits)) === i % 3).length;
console.log(`${right} of 15 new drawings told apart`);
