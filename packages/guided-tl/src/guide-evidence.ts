import type { Random, StateDict } from '@warmstart/shapes';
import { bootstrapGuides, type GuidesBootstrap } from './bootstrap-guides.js';
import { layerMeans, shuffleGuides } from './guide-controls.js';
import type { GuideFormula } from './guide-formulas.js';
import type { Guides } from './guides.js';
import { type Reliability, reliability } from './reliability.js';
import type { ScoutStore } from './scout-store.js';
import type { Scouted } from './scouted.js';

/** What it takes to judge whether guides carry information. */
export interface GuideEvidence {
  /** Of the scores that the guides were made of; refining is not in it. */
  reliability: Reliability;
  /** (Σg)² / Σg² */
  effectiveParameters: number;
  /** Only with a store. */
  bootstrap?: GuidesBootstrap;
  /** Guides to fine-tune with beside the real ones; those that the real ones do not beat explain all they do. */
  controls: {
    /** Same values, other places within each tensor. */
    shuffled: StateDict;
    /** One value per tensor. */
    layerMeans: StateDict;
  };
}

/**
 * Reliability, bootstrap, effective parameters and the two control arms, in one call.
 *
 * @param options.store - where the scouts were kept; without it there is no bootstrap
 * @throws ScoutingError `too-few-scouts` unless each half has at least two finished scouts
 */
export async function guideEvidence(
  scouted: Scouted,
  made: Guides,
  { random, store, draws }: { random: Random; store?: ScoutStore; draws?: number },
): Promise<GuideEvidence> {
  const { base } = scouted;
  return {
    // the formula is one of them: it made these guides
    reliability: reliability(scouted, { formula: made.report.formula as GuideFormula }),
    effectiveParameters: made.report.effectiveParameters,
    ...(store
      ? { bootstrap: await bootstrapGuides({ base, store, random, ...(draws ? { draws } : {}) }) }
      : {}),
    controls: { shuffled: shuffleGuides(made.guides, random), layerMeans: layerMeans(made.guides) },
  };
}
