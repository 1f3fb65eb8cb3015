import { seededRandom } from '@warmstart/random';
import { encodePng } from './png.js';

/** Ids that name real nouns of WordNet 3.0; the images are noise around a colour of their class. */
const wnids = ['n01440764', 'n02119789', 'n02084071', 'n15075141'];
const words = [
  'tench, Tinca tinca',
  'kit fox, Vulpes macrotis',
  'dog, domestic dog, Canis familiaris',
  'toilet tissue, toilet paper, bathroom tissue',
];

/** Folders as torchvision and Kaggle lay them out, with images of 24 × 32 pixels; they are PNG inside, as one real file is. */
export function syntheticImagenet(seed: number, count: number): Record<string, Uint8Array | string> {
  const files: Record<string, Uint8Array | string> = {
    'LOC_synset_mapping.txt': wnids.map((wnid, i) => `${wnid} ${words[i]}\n`).join(''),
  };
  const solutions: string[] = ['ImageId,PredictionString'];
  for (let i = 0; i < count; i++) {
    const wnid = wnids[i % wnids.length] as string;
    files[`train/${wnid}/${wnid}_${i}.JPEG`] = image(seed, 'train', i);
    const name = `ILSVRC2012_val_${String(i + 1).padStart(8, '0')}`;
    files[`val/${name}.JPEG`] = image(seed, 'validation', i);
    solutions.push(`${name},${wnid} 0 0 31 23`);
    files[`test/ILSVRC2012_test_${String(i + 1).padStart(8, '0')}.JPEG`] = image(seed, 'test', i);
  }
  files['LOC_val_solution.csv'] = `${solutions.join('\n')}\n`;
  return files;
}

function image(seed: number, split: string, index: number): Uint8Array {
  const random = seededRandom(seed, 'synthetic imagenet', split, index);
  const rgb = Uint8Array.from(
    { length: 24 * 32 * 3 },
    (_, i) => 30 + 50 * (((index % wnids.length) + i) % 3) + Math.floor(random() * 60),
  );
  return encodePng(rgb, 32, 24);
}
