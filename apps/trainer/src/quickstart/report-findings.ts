import { join } from 'node:path';
import { pairedInterval } from '../statistics.js';
import { reportArm } from './choose.js';
import type { Findings } from './quickstart.js';
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
  const { table, pretrained, arms, reference } = findings;
  const names: ArmName[] = ['scratch', 'frozen', 'finetune', 'guided', 'guided-shuffled'];
  const reported = {
    labels: plan.labels,
    arms: names.map((name) => reportArm(name, arms[name], arms.scratch)),
    guides: reportGuides(findings),
  };
  const { maskedLossBefore, maskedLossAfter, baselineLoss } = pretrained;
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
      maskedLossBefore,
      maskedLossAfter,
      baselineLoss,
    },
    arms: reported.arms,
    reference: reportArm('logistic-regression', reference, arms.scratch),
    guides: reported.guides,
    found: verdict(reported, plan),
    artifacts: {
      encoder: join(folder, 'encoder.safetensors'),
      encoderPt: join(folder, 'encoder.pt'),
      guides: join(folder, 'guides.safetensors'),
      report: join(folder, 'report.html'),
    },
  };
}

function reportGuides({ guiding: { report, reliability }, arms }: Findings): QuickstartResult['guides'] {
  return {
    formula: `${report.formula}, ${report.normalise} scale`,
    scouts: report.scouts,
    rejected: report.rejected,
    reliability,
    effectiveShare: report.effectiveParameters / report.weights,
    gainOverShuffled: pairedInterval(arms.guided.accuracy, arms['guided-shuffled'].accuracy),
  };
}
