import type { GradConfig } from '@tensorflow/tfjs-core';

/** A gradient of ours: whether tfjs-core has none or a wrong one, and why ours is there. */
export interface GradientRepair extends GradConfig {
  action: 'added' | 'repaired';
  reason: string;
}
