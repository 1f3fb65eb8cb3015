import type { DataNote } from '../notes.js';
import type { CountFormat } from './count-options.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** Genes by their names, and by identifiers that stay the same where names change. */
export interface Genes {
  readonly names: readonly string[];
  readonly ids: readonly string[];
  /** Kinds of features, `Gene Expression` or `Antibody Capture`, where the file has them. */
  readonly types?: readonly string[];
}

/** What is known about the samples besides their counts, a value a sample. */
export interface SampleColumn {
  readonly name: string;
  /** As words; numbers as their shortest text. */
  readonly values: readonly string[];
}

/** A table that describes samples. */
export interface SampleTable {
  readonly file: string;
  readonly columns: readonly SampleColumn[];
}

/** Counts as a file holds them, whatever its format. */
export interface CountMatrix {
  readonly format: CountFormat;
  /** For messages. */
  readonly file: string;
  /** Samples by genes. */
  readonly matrix: SparseMatrix;
  /** Undefined where the file names none. */
  readonly genes: Genes | undefined;
  readonly samples: readonly string[] | undefined;
  /** What the file itself says about its samples. */
  readonly about?: SampleTable;
  /** Tables beside it, whose rows still have to be found for each sample. */
  readonly tables?: readonly SampleTable[];
  /** Whether the file says that its values are logarithms. */
  readonly logged?: boolean;
  readonly notes: readonly DataNote[];
}
