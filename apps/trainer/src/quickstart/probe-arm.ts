import {
  type FeatureScale,
  featureScale,
  type LinearProbe,
  linearProbe,
  probeLogits,
} from '@warmstart/finetune-heads';
import type { HostTensor, StateDict } from '@warmstart/shapes';
import { outputs, tableEncoder } from './classifier.js';
import { score } from './score.js';
import type { Rows, Table } from './table.js';
import type { Trial } from './trial.js';

/**
 * Linear models on one draw of labels, one per strength of regularisation: on an encoder's features, or on the raw
 * ones.
 */
export async function runProbe(table: Table, labelled: Rows, encoder?: StateDict): Promise<Trial[]> {
  const features = await probeFeatures(table, labelled, encoder);
  return table.recipe.plan.l2.map((l2) => {
    const probe = fitProbe(features, labelled.labels, table.classNames.length, l2);
    const validation = score(probeLogits(probe, features.validation), table.validation.labels);
    const test = score(probeLogits(probe, features.test), table.test.labels);
    return {
      setting: { l2 },
      validationAccuracy: validation.accuracy,
      testAccuracy: test.accuracy,
      testRocAuc: test.rocAuc,
    };
  });
}

/** Features of one encoder, or the raw ones. */
export interface ProbeFeatures {
  labelled: HostTensor;
  validation: HostTensor;
  test: HostTensor;
  /** Of all training rows: twenty alone say little about how far a feature spreads. */
  scale: FeatureScale;
}

/** Logistic regression on standardised features; the standardisation is folded into its weights. */
export function fitProbe(
  { labelled, scale }: Pick<ProbeFeatures, 'labelled' | 'scale'>,
  labels: Int32Array,
  classCount: number,
  l2: number,
): LinearProbe {
  return linearProbe(labelled, labels, { l2, classCount, scale });
}

async function probeFeatures(table: Table, labelled: Rows, weights?: StateDict): Promise<ProbeFeatures> {
  const encoder = weights ? tableEncoder(table, 0, weights) : undefined;
  const featuresOf = async (rows: Rows): Promise<HostTensor> =>
    encoder
      ? outputs(encoder, rows, table.width)
      : { data: rows.features, shape: [rows.rowCount, table.width] };
  try {
    return {
      labelled: await featuresOf(labelled),
      validation: await featuresOf(table.validation),
      test: await featuresOf(table.test),
      scale: featureScale(await featuresOf(table.train)),
    };
  } finally {
    encoder?.dispose();
  }
}
