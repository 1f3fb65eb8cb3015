// What users bring and what packages hand to each other fits the shapes they meet at. Checked by `tsc`.

import type * as compile from '@warmstart/compile';
import type * as datasets from '@warmstart/datasets';
import type * as heads from '@warmstart/finetune-heads';
import type * as guided from '@warmstart/guided-tl';
import type * as models from '@warmstart/models';
import type * as nn from '@warmstart/nn';
import type * as random from '@warmstart/random';
import type { HasVariables, Optimizer, Random, StateDict, StepCompiler } from '@warmstart/shapes';
import type * as tokenizers from '@warmstart/tokenizers';
import type * as training from '@warmstart/training';

/** Compiles only if what is given fits what is taken. */
declare function fits<Taken>(given: Taken): void;

declare const module: nn.Module;
declare const autoencoder: models.Autoencoder;
fits<HasVariables>(module);
fits<HasVariables>(autoencoder.encoder);
fits<StateDict>({} as guided.Guides['guides']);
fits<Random>({} as ReturnType<typeof random.seededRandom>);
fits<StepCompiler>({} as typeof compile.compileLoss);

// every optimizer drives the loop, bare or guided
fits<Optimizer>({} as ReturnType<typeof training.adamW>);
fits<Optimizer>({} as ReturnType<typeof guided.guideUpdates>);

// an optimizer of one's own, with a schedule or without
fits<Optimizer>({ step() {}, stateDict: async () => new Map(), loadStateDict() {}, dispose() {} });
fits<Parameters<typeof guided.guideUpdates>[0]>({} as Optimizer);
fits<training.FitOptions<unknown>['optimizer']>({} as Optimizer);

// variables to learn are the same map everywhere
declare const variables: ReturnType<typeof heads.selectVariables>;
fits<Parameters<typeof training.adamW>[0]['variables']>(variables);
fits<Parameters<typeof guided.guideUpdates>[1]['variables']>(variables);
fits<Parameters<typeof training.fit>[0]['variables']>(variables);

// a tokenizer's rows are what networks take, and what a data set keeps as columns
declare const tokenizer: tokenizers.Tokenizer;
fits<models.TextInput>({} as tokenizers.EncodedTexts);
fits<datasets.TextTokenizer>(tokenizer);
