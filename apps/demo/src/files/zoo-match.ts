import { matchKeys, type TensorOutline } from '@warmstart/core-checkpoint';
import type { StateDict } from '@warmstart/shapes';

/** How a checkpoint fits one network of the zoo. */
export interface ZooMatch {
  model: string;
  domain: string;
  paper: string;
  /** the function of `@warmstart/models` that renames the tensors first, where that fits better */
  via?: string;
  ok: boolean;
  /** tensors of the model that the checkpoint has */
  matched: number;
  /** tensors that the model wants */
  wanted: number;
  /** tensors of the checkpoint that the model has no place for */
  unexpected: number;
  /** PyTorch's sentence, or what does not match */
  report: string;
}

/**
 * Holds names and shapes against every network of the zoo, as they are and as other libraries name them. No tensor is
 * read.
 *
 * @returns the best fit first
 */
export async function matchZoo(outlines: readonly TensorOutline[]): Promise<ZooMatch[]> {
  const models = await import('@warmstart/models');
  const variants = [{ via: undefined, outlines }, ...renamed(models, outlines)];
  const matches = models.zoo().map(({ name, domain, paper }) => {
    const wanted = models.modelKeys(name);
    const found = variants.map((variant) => {
      const report = matchKeys(wanted, variant.outlines);
      const { ok, matched, unexpected } = report;
      return {
        model: name,
        domain,
        paper,
        ...(variant.via && { via: variant.via }),
        ok,
        matched: matched.length,
        wanted: wanted.length,
        unexpected: unexpected.length,
        report: String(report),
      };
    });
    return found.reduce((best, next) => (next.matched > best.matched ? next : best));
  });
  return matches.sort((a, b) => fit(b) - fit(a));
}

/** 1 if all match, less for what is missing on either side. */
function fit({ matched, wanted, unexpected }: ZooMatch): number {
  return matched / Math.max(1, wanted + unexpected);
}

type Models = typeof import('@warmstart/models');

/** The names as every known library's file would be renamed; a table that does not apply is left out. */
function renamed(models: Models, outlines: readonly TensorOutline[]) {
  const {
    fromAllenNlpElmo,
    fromHuggingFaceBert,
    fromHuggingFaceGpt2,
    fromLukemelasEfficientNet,
    fromScBertCheckpoint,
    fromTimmEfficientNet,
  } = models;
  const tables = {
    fromAllenNlpElmo,
    fromHuggingFaceBert,
    fromHuggingFaceGpt2,
    fromLukemelasEfficientNet,
    fromScBertCheckpoint,
    fromTimmEfficientNet,
  };
  // renaming looks at names alone, so no values are needed
  const empty = new Float32Array(0);
  const dict = new Map(
    outlines.map(({ key, dtype, shape }) => [key, { dtype, shape: [...shape], data: empty }]),
  ) as unknown as StateDict;
  return Object.entries(tables).flatMap(([via, rename]) => {
    try {
      const result = (rename as (dict: StateDict) => StateDict)(dict);
      return [{ via, outlines: [...result].map(([key, { dtype, shape }]) => ({ key, dtype, shape })) }];
    } catch {
      return []; // not a file of that library
    }
  });
}
