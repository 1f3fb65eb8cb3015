// Packages redeclare the shapes they need; this file compiles only if the real things fit. Checked by `tsc`.

import type * as compile from '@warmstart/compile';
import type * as checkpoint from '@warmstart/core-checkpoint';
import type * as datasets from '@warmstart/datasets';
import type * as heads from '@warmstart/finetune-heads';
import type * as guided from '@warmstart/guided-tl';
import type * as kernels from '@warmstart/kernels';
import type * as models from '@warmstart/models';
import type * as nn from '@warmstart/nn';
import type * as random from '@warmstart/random';
import type * as shapes from '@warmstart/shapes';
import type * as tokenizers from '@warmstart/tokenizers';
import type * as training from '@warmstart/training';

/** Compiles only if what is given fits what is taken. */
declare function fits<Taken>(given: Taken): void;

declare const module: nn.Module;
declare const autoencoder: models.Autoencoder;
fits<checkpoint.HasVariables>(module);
fits<heads.HasVariables>(module);
fits<checkpoint.HasVariables>(autoencoder.encoder);

// state dicts travel between all of them
declare const stateDict: checkpoint.StateDict;
declare const guideValues: guided.Guides['guides'];
declare const optimizerState: training.StateDict;
fits<Parameters<typeof guided.scout>[0]['base']>(stateDict);
fits<checkpoint.StateDict>(guideValues);
fits<checkpoint.StateDict>(optimizerState);
fits<training.AnyStateDict>(stateDict);

// every optimizer drives the loop, bare, fused or guided
declare const fused: ReturnType<typeof kernels.fusedAdamW>;
declare const plain: ReturnType<typeof training.adamW>;
declare const guidedOptimizer: ReturnType<typeof guided.guideUpdates>;
fits<training.Optimizer>(fused);
fits<training.Optimizer>(plain);
fits<training.Optimizer>(guidedOptimizer);
fits<Parameters<typeof guided.guideUpdates>[0]>(fused);
fits<Parameters<typeof guided.guideUpdates>[0]>(plain);

// the loop takes the compiler
declare const compileLoss: typeof compile.compileLoss;
fits<training.StepCompiler>(compileLoss);

// one kind of randomness everywhere
fits<shapes.Random>({} as ReturnType<typeof random.seededRandom>);

// variables to learn are the same map everywhere
declare const variables: ReturnType<typeof heads.selectVariables>;
fits<Parameters<typeof kernels.fusedAdamW>[0]['variables']>(variables);
fits<Parameters<typeof training.adamW>[0]['variables']>(variables);
fits<Parameters<typeof guided.guideUpdates>[1]['variables']>(variables);
fits<Parameters<typeof training.fit>[0]['variables']>(variables);

// a tokenizer's rows are what networks take, and what a data set keeps as columns
declare const tokenizer: tokenizers.Tokenizer;
fits<models.TextInput>({} as tokenizers.EncodedTexts);
fits<datasets.TextTokenizer>(tokenizer);
