import { classOf } from './layer-shapes.js';
import { automaticName, type LeafLayer, roleOf } from './layer-tree.js';

/** The weights of one layer in a file, by the names of the layers above them. */
export interface LayerGroup {
  readonly parts: readonly string[];
  /** by the last part of their names */
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[] }>;
}

/** Parts of a path that say how a layer is built, not which one it is. */
const inside = /^(forward|backward)_|cell(_\d+)?$|^RNNCell_\d+$/i;

/**
 * Finds the layer of the model that each group of a file belongs to: by given names first, then among layers
 * of one class by the rank of their automatic numbers, at last by shapes that only one layer has.
 */
export function pairLeaves<Group extends LayerGroup>(
  leaves: readonly LeafLayer[],
  groups: readonly Group[],
): Map<Group, LeafLayer> {
  const pairs = new Map<Group, LeafLayer>();
  const wrappers = new Set(
    leaves
      .filter(({ outer }) => classOf(outer) === 'TimeDistributed')
      .map(({ names }) => baseOf(names.at(-1) ?? '')),
  );
  const free = () => ({
    wrappers,
    leaves: leaves.filter((leaf) => ![...pairs.values()].includes(leaf)),
    groups: groups.filter((group) => !pairs.has(group)),
  });
  pairByName(free(), pairs);
  pairByRank(free(), pairs);
  pairByShapes(free(), pairs);
  return pairs;
}

interface Unpaired<Group> {
  /** names of layers that apply another at every time step */
  wrappers: ReadonlySet<string>;
  leaves: readonly LeafLayer[];
  groups: readonly Group[];
}

/** A name that TensorFlow.js made depends on what the process built before: it is no evidence. */
function pairByName<Group extends LayerGroup>(
  { leaves, groups, wrappers }: Unpaired<Group>,
  pairs: Map<Group, LeafLayer>,
): void {
  const ofFile = grouped(groups, ({ parts }) => `${layerPart(parts, wrappers)} ${sideOf(parts)}`);
  for (const [, family] of grouped(leaves, familyOf)) {
    const named = grouped(family, (leaf) => `${leaf.names.at(-1)} ${sideOf(leaf.path.split('.'))}`);
    const found = [...named].map(([name, members]) => {
      const group = ofFile.get(name) ?? [];
      return group.length === members.length
        ? { members, group: [...group].sort(byNumber(wrappers)) }
        : undefined;
    });
    // numbered names say which layer is meant only if all of them are there: numbering may start anywhere
    const automatic = family.some((leaf) => automaticName(leaf.names.at(-1) ?? '') !== undefined);
    const numbered = family.some((leaf) => /_\d+$/.test(leaf.names.at(-1) ?? ''));
    if (automatic || (numbered && found.includes(undefined))) continue;
    for (const pair of found) pairAll(pair?.members ?? [], pair?.group ?? [], pairs);
  }
}

function pairByRank<Group extends LayerGroup>(
  { leaves, groups, wrappers }: Unpaired<Group>,
  pairs: Map<Group, LeafLayer>,
): void {
  const ofFile = grouped(groups, ({ parts }) => `${baseOf(layerPart(parts, wrappers))} ${sideOf(parts)}`);
  for (const [family, members] of grouped(leaves, familyOf)) {
    const found = ofFile.get(family);
    if (found?.length !== members.length) continue;
    const ranked = [...members].sort(
      (a, b) => numberOf(a.names.at(-1) ?? '') - numberOf(b.names.at(-1) ?? ''),
    );
    pairAll(ranked, [...found].sort(byNumber(wrappers)), pairs);
  }
}

function pairAll<Group>(
  leaves: readonly LeafLayer[],
  groups: readonly Group[],
  pairs: Map<Group, LeafLayer>,
): void {
  leaves.forEach((leaf, i) => {
    const group = groups[i];
    if (group) pairs.set(group, leaf);
  });
}

/** Layers whose names differ in nothing but an automatic number. */
function familyOf(leaf: LeafLayer): string {
  return `${baseOf(leaf.names.at(-1) ?? '')} ${sideOf(leaf.path.split('.'))}`;
}

/** By the number of the layer, then of the cell within it. */
function byNumber(wrappers: ReadonlySet<string>): (a: LayerGroup, b: LayerGroup) => number {
  return (a, b) => {
    const layers = numberOf(layerPart(a.parts, wrappers)) - numberOf(layerPart(b.parts, wrappers));
    return layers || numberOf(a.parts.at(-1) ?? '') - numberOf(b.parts.at(-1) ?? '');
  };
}

/** Names that agree in nothing: a layer is known by its weights if no other has such names and shapes. */
function pairByShapes<Group extends LayerGroup>(
  { leaves, groups }: Unpaired<Group>,
  pairs: Map<Group, LeafLayer>,
): void {
  const ofFile = grouped(groups, ({ weights }) =>
    signature([...weights].map(([role, { shape }]) => ({ role, shape }))),
  );
  const ofModel = grouped(leaves, ({ weights }) =>
    signature(weights.map((weight) => ({ role: roleOf(weight), shape: weight.shape }))),
  );
  for (const [shapes, [leaf, ...others]] of ofModel) {
    const [group, ...more] = ofFile.get(shapes) ?? [];
    if (leaf && group && others.length + more.length === 0) pairs.set(group, leaf);
  }
}

function signature(weights: readonly { role: string; shape: readonly (number | null)[] }[]): string {
  return weights
    .map(({ role, shape }) => `${role} [${shape}]`)
    .sort()
    .join(' ');
}

/** The part of a path that names the layer: a wrapper, or the last that is not inside of a recurrent layer. */
function layerPart(parts: readonly string[], wrappers: ReadonlySet<string>): string {
  const wrapper = parts.find((part) => wrappers.has(baseOf(part)));
  return wrapper ?? parts.filter((part) => !inside.test(part)).at(-1) ?? parts.at(-1) ?? '';
}

/** Which half of a bidirectional layer. */
function sideOf(parts: readonly string[]): string {
  return parts.map((part) => /^(forward|backward)_/.exec(part)?.[1]).find(Boolean) ?? '';
}

/** "dense_Dense7", "dense_7" and "dense" are one base. */
function baseOf(name: string): string {
  return automaticName(name) ?? name.replace(/_\d+$/, '');
}

function numberOf(name: string): number {
  return Number(/(\d+)$/.exec(name.replace(/^.*_[A-Z][A-Za-z0-9]*?(\d+)$/, '_$1'))?.[1] ?? 0);
}

function grouped<Item>(items: readonly Item[], by: (item: Item) => string): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) found.set(by(item), [...(found.get(by(item)) ?? []), item]);
  return found;
}
