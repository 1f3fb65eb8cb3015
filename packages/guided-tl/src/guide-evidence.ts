import { layerMeans, shuffleGuides } from './guide-controls.js';
import type { GuideFormula } from './guide-formulas.js';
import type { Guides } from './guides.js';
import { type Reliability, reliability } from './reliability.js';
import type { Scouted } from './scouted.js';
import type { Random, StateDict } from './state-dict.js';

/** What it takes to judge whether guides carry information. */
export interface GuideEvidence {
  reliability: Reliability;
  /** (Σg)² / Σg² */
  effectiveParameters: number;
  /** Guides to fine-tune with beside the real ones; those that the real ones do not beat explain all they do. */
  controls: {
    /** Same values, other places within each tensor. */
    shuffled: StateDict;
    /** One value per tensor. */
    layerMeans: StateDict;
  };
}

/** Reliability, effective parameters and the two control arms, in one call. */
export function guideEvidence(scouted: Scouted, made: Guides, random: Random): GuideEvidence {
  return {
    // the formula is one of them: it made these guides
    reliability: reliability(scouted, { formula: made.report.formula as GuideFormula }),
    effectiveParameters: made.report.effectiveParameters,
    controls: { shuffled: shuffleGuides(made.guides, random), layerMeans: layerMeans(made.guides) },
  };
}
