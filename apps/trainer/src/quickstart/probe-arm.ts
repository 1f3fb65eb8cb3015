import type { StateDict } from '@warmstart/core-checkpoint';
import { type LinearProbe, linearProbe, probeLogits } from '@warmstart/finetune-heads';
import type { HostTensor } from '@warmstart/training';
import { newEncoder, outputs } from './classifier.js';
import type { Trial } from './jobs.js';
import { plan } from './recipe.js';
import { score } from './score.js';
import type { Rows, Table } from './table.js';

/**
 * Linear models on one draw of labels, one per strength of regularisation: on an encoder's features, or on the raw
 * ones.
 */
export async function runProbe(table: Table, labelled: Rows, encoder?: StateDict): Promise<Trial[]> {
  const features = await featuresOf(table, labelled, encoder);
  return plan.l2.map((l2) => {
    const probe = fitProbe(features.labelled, labelled.labels, table.classNames.length, l2);
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

/** Logistic regression on standardised features; the standardisation is folded into its weights. */
export function fitProbe(
  features: HostTensor,
  labels: Int32Array,
  classCount: number,
  l2: number,
): LinearProbe {
  return linearProbe(features, labels, { l2, classCount });
}

interface Features {
  labelled: HostTensor;
  validation: HostTensor;
  test: HostTensor;
}

async function featuresOf(table: Table, labelled: Rows, weights?: StateDict): Promise<Features> {
  const { width, validation, test } = table;
  if (!weights)
    return { labelled: raw(labelled, width), validation: raw(validation, width), test: raw(test, width) };
  const encoder = await newEncoder(width, 0, weights);
  try {
    return {
      labelled: await outputs(encoder, labelled, width),
      validation: await outputs(encoder, validation, width),
      test: await outputs(encoder, test, width),
    };
  } finally {
    encoder.dispose();
  }
}

function raw(rows: Rows, width: number): HostTensor {
  return { data: rows.features, shape: [rows.rowCount, width] };
}
