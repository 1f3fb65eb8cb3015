export { type BootstrapInterval, bootstrapGuides, type GuidesBootstrap } from './bootstrap-guides.js';
export { type ClassSubset, type ClassSubsetsOptions, classSubsets } from './class-subsets.js';
export { type ClusterPairsOptions, clusterPairs } from './cluster-pairs.js';
export { plainDigest, stateDictDigest } from './digest.js';
export { GuidesError, type GuidesErrorCode, ScoutingError, type ScoutingErrorCode } from './errors.js';
export { diagonalFisher, type GradientMeasureOptions, gradientRatios } from './gradient-measures.js';
export type { ClipOptions } from './guide-clipping.js';
export { layerMeans, shuffleGuides } from './guide-controls.js';
export type { DecayOptions } from './guide-decay.js';
export { type GuideEvidence, guideEvidence } from './guide-evidence.js';
export type { GuideFormula } from './guide-formulas.js';
export { type GuideMatch, type HasLayouts, matchGuides } from './guide-match.js';
export { type GuidedOptimizer, type GuideUpdatesOptions, guideUpdates } from './guide-updates.js';
export { type Guides, type GuidesOptions, guides } from './guides.js';
export {
  type GuidesLoadReport,
  type OpenedGuides,
  type OpenGuidesOptions,
  openGuides,
  saveGuides,
} from './guides-file.js';
export { guidesPage } from './guides-page.js';
export { effectiveParameters, type GuidesReport, type TensorGuides } from './guides-report.js';
export { guidesTable } from './guides-table.js';
export { kMeans } from './k-means.js';
export { guideRanks, loraGuides, type RankOptions } from './lora-guides.js';
export { type MaskPattern, type MaskPatternsOptions, maskPatterns } from './mask-patterns.js';
export { type Moments, MomentsTree, mergeMoments, momentsOf } from './moments.js';
export type { GuideScale, GuideScope } from './normalise-guides.js';
export { isParameter, type ParameterLayout } from './parameter-layout.js';
export { type FeatureRows, principalComponents } from './principal-components.js';
export { type PullOptions, pullToBase } from './pull-to-base.js';
export { type ReduceOptions, reduceScouts } from './reduce-scouts.js';
export { type RefineEvent, type RefineOptions, refineGuides } from './refine-guides.js';
export { type FamilyMember, regressionFamily } from './regression-family.js';
export { type Reliability, reliability } from './reliability.js';
export { type ReptileOptions, reptile } from './reptile.js';
export { type ScoutOptions, scout } from './scout.js';
export {
  type ScoutEvent,
  type ScoutExecutor,
  type ScoutJob,
  type ScoutOutcome,
  scoutSeed,
  type TrainScout,
} from './scout-job.js';
export { memoryStore, type ScoutStore } from './scout-store.js';
export type { Scouted, ScoutingReport } from './scouted.js';
export type { Temperature } from './temperatures.js';
