import type { StateDict } from '@warmstart/shapes';
import type { EfficientNet } from '../vision/efficientnet.js';
import { renameKeys } from './rename.js';

/** The parts of a block, by torchvision's position, as another library names them. */
interface BlockNames {
  /** [convolution, batch norm] */
  expand: readonly [string, string];
  depthwise: readonly [string, string];
  /** [reduce, expand] */
  squeeze: readonly [string, string];
  project: readonly [string, string];
}

const timmFirst: Omit<BlockNames, 'expand'> = {
  depthwise: ['conv_dw', 'bn1'],
  squeeze: ['se.conv_reduce', 'se.conv_expand'],
  project: ['conv_pw', 'bn2'],
};
const timmOther: BlockNames = {
  expand: ['conv_pw', 'bn1'],
  depthwise: ['conv_dw', 'bn2'],
  squeeze: ['se.conv_reduce', 'se.conv_expand'],
  project: ['conv_pwl', 'bn3'],
};
const lukemelas: BlockNames = {
  expand: ['_expand_conv', '_bn0'],
  depthwise: ['_depthwise_conv', '_bn1'],
  squeeze: ['_se_reduce', '_se_expand'],
  project: ['_project_conv', '_bn2'],
};

/**
 * A timm EfficientNet, for `efficientnet…`; `tf_` models want `{ convention: 'tensorflow' }`.
 *
 * @param model - the network it is for: block counts differ by size
 * @see timm 1.0, `efficientnet_b0`, `tf_efficientnet_b0`, …
 */
export function fromTimmEfficientNet(dict: StateDict, model: EfficientNet): StateDict {
  return renameBlocks(dict, model, {
    ends: [
      ['conv_stem', 'bn1'],
      ['conv_head', 'bn2'],
    ],
    classifier: 'classifier',
    prefixOf: ({ stage, block }) => `blocks.${stage}.${block}`,
    namesOf: (expands) => (expands ? timmOther : { ...timmFirst, expand: ['', ''] }),
  });
}

/**
 * An EfficientNet of lukemelas' EfficientNet-PyTorch or of the Lite port with its names, for `efficientnet…`;
 * both want `{ convention: 'tensorflow' }`.
 *
 * @param model - the network it is for: block counts differ by size
 */
export function fromLukemelasEfficientNet(dict: StateDict, model: EfficientNet): StateDict {
  return renameBlocks(dict, model, {
    ends: [
      ['_conv_stem', '_bn0'],
      ['_conv_head', '_bn1'],
    ],
    classifier: '_fc',
    prefixOf: ({ index }) => `_blocks.${index}`,
    namesOf: () => lukemelas,
  });
}

interface Library {
  ends: readonly [readonly [string, string], readonly [string, string]];
  classifier: string;
  prefixOf: (at: { stage: number; block: number; index: number }) => string;
  namesOf: (expands: boolean) => BlockNames;
}

function renameBlocks(dict: StateDict, model: EfficientNet, library: Library): StateDict {
  const table = new Map<string, string>([[library.classifier, 'classifier.1']]);
  const last = model.config.stages.length + 1;
  for (const [i, [convolution, norm]] of library.ends.entries()) {
    table.set(convolution, `features.${i * last}.0`);
    table.set(norm, `features.${i * last}.1`);
  }
  for (const { path, at, expands } of blocksOf(model)) {
    const names = library.namesOf(expands);
    const prefix = library.prefixOf(at);
    const parts: [string, string][] = [];
    let position = 0;
    const add = ([convolution, norm]: readonly [string, string]) => {
      parts.push([convolution, `${position}.0`], [norm, `${position}.1`]);
      position++;
    };
    if (expands) add(names.expand);
    add(names.depthwise);
    if (model.config.squeezeExcitation) {
      parts.push([names.squeeze[0], `${position}.fc1`], [names.squeeze[1], `${position}.fc2`]);
      position++;
    }
    add(names.project);
    for (const [from, to] of parts) table.set(`${prefix}.${from}`, `${path}.block.${to}`);
  }
  const rules = [...table].map(
    ([from, to]) => [new RegExp(`^${from.replaceAll('.', '\\.')}\\.(?=[^.]+$)`), `${to}.`] as const,
  );
  return renameKeys(dict, rules);
}

/** Every block of a network: torchvision's path, and where it stands. */
function blocksOf(model: EfficientNet) {
  const paths = new Set<string>();
  for (const [path] of model.namedParameters()) {
    const block = path.match(/^features\.\d+\.\d+(?=\.block\.)/)?.[0];
    if (block) paths.add(block);
  }
  return [...paths].map((path, index) => {
    const [, stage, block] = path.split('.').map(Number) as [number, number, number];
    const expands = (model.config.stages[stage - 1]?.[0] ?? 1) !== 1;
    return { path, expands, at: { stage: stage - 1, block, index } };
  });
}
