import type { GradConfig, getGradient, registerGradient, unregisterGradient } from '@tensorflow/tfjs-core';
import type { KernelChange } from '../kernel-report.js';
import { alongAxisRepairs } from './along-axis.js';
import { broadcastRepairs } from './broadcast.js';
import { comparisonRepairs } from './comparisons.js';
import { convolutionRepairs } from './convolution.js';
import { einsumRepair } from './einsum.js';
import { fusedGradients } from './fused.js';
import { indexingRepairs } from './indexing.js';
import { poolingRepairs } from './pooling.js';
import { refusals } from './refusals.js';
import type { GradientRepair } from './repair.js';

/** The part of tfjs that gradients are registered with. */
export interface GradientRegistry {
  getGradient: typeof getGradient;
  registerGradient: typeof registerGradient;
  unregisterGradient: typeof unregisterGradient;
}

function repairs(): GradientRepair[] {
  return [
    ...[...broadcastRepairs(), ...comparisonRepairs(), ...convolutionRepairs(), ...poolingRepairs()],
    ...[...alongAxisRepairs(), einsumRepair(), ...indexingRepairs(), ...fusedGradients(), ...refusals()],
  ];
}

export function gradientNames(): string[] {
  return repairs().map(({ kernelName }) => gradientName(kernelName));
}

/** What each of our gradients took the place of. */
const replaced = new WeakMap<GradConfig, GradConfig | undefined>();

/** Puts our gradients in the place of tfjs-core's where `wanted` says so, and tfjs-core's back elsewhere. */
export function registerGradients(
  registry: GradientRegistry,
  wanted: (kernelName: string) => boolean,
): KernelChange[] {
  const changes: KernelChange[] = [];
  for (const repair of repairs()) {
    const { kernelName, action, reason } = repair;
    const name = gradientName(kernelName);
    const present = registry.getGradient(kernelName);
    const original = present && replaced.has(present) ? replaced.get(present) : present;
    if (present) registry.unregisterGradient(kernelName);
    if (wanted(name)) {
      replaced.set(repair, original);
      registry.registerGradient(repair);
      changes.push({ backend: 'every', kernelName: name, action, reason });
    } else if (original) registry.registerGradient(original);
  }
  return changes;
}

/** Gradients are told from the kernels of the same name. */
function gradientName(kernelName: string): string {
  return `${kernelName} gradient`;
}
