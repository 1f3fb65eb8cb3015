import { join } from 'node:path';
import { type Interval, pairedInterval } from '@warmstart/transfer';
import { reportArm } from './choose.js';
import type { Arms, Findings } from './quickstart.js';
import type { Recipe } from './recipe.js';
import type { ArmName, QuickstartResult } from './result.js';
import { verdict } from './verdict.js';

/** The findings as the result that is printed, with the files named. */
export function reportFindings(options: {
  recipe: Recipe;
  findings: Findings;
  seed: number;
  backend: string;
  seconds: number;
  folder: string;
}): QuickstartResult {
  const { recipe, findings, seed, backend, seconds, folder } = options;
  const { plan } = recipe;
  const { table, pretrained, byValidation, byLabels } = findings;
  const honest = {
    ...reportArms(byLabels),
    gainOverShuffled: gainOverShuffled(byLabels),
  };
  const { lossBefore, lossAfter, baselineLoss } = pretrained.encoder.card.scores;
  return {
    dataset: recipe.dataset,
    origin: table.origin,
    rows: table.rows,
    distinctRows: table.distinctRows,
    labels: plan.labels,
    seeds: plan.draws,
    seed,
    backend,
    seconds,
    pretrain: {
      steps: plan.pretrain.steps,
      rows: table.train.rowCount,
      maskedLossBefore: lossBefore,
      maskedLossAfter: lossAfter,
      baselineLoss,
    },
    ...reportArms(byValidation),
    byLabels: honest,
    guides: reportGuides(findings),
    found: verdict({ ...honest, labels: plan.labels }),
    artifacts: {
      encoder: join(folder, 'encoder.safetensors'),
      encoderPt: join(folder, 'encoder.pt'),
      guides: join(folder, 'guides.safetensors'),
      report: join(folder, 'report.html'),
    },
  };
}

function reportArms({ arms, reference }: Arms): Pick<QuickstartResult, 'arms' | 'reference'> {
  const names: ArmName[] = ['scratch', 'frozen', 'finetune', 'guided', 'guided-shuffled'];
  return {
    arms: names.map((name) => reportArm(name, arms[name], arms.scratch)),
    reference: reportArm('logistic-regression', reference, arms.scratch),
  };
}

function gainOverShuffled({ arms }: Arms): Interval {
  return pairedInterval(arms.guided.accuracy, arms['guided-shuffled'].accuracy);
}

function reportGuides({
  guiding: { report, reliability },
  byValidation,
}: Findings): QuickstartResult['guides'] {
  return {
    formula: `${report.formula}, ${report.normalise} scale`,
    scouts: report.scouts,
    rejected: report.rejected,
    reliability,
    effectiveShare: report.effectiveParameters / report.weights,
    gainOverShuffled: gainOverShuffled(byValidation),
  };
}
