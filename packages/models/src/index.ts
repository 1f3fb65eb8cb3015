export { Autoencoder, type AutoencoderConfig, autoencoder, Mlp } from './autoencoder.js';
export { conventions, publishedWeights, recogniseConvention } from './convert/conventions.js';
export { fromLukemelasEfficientNet, fromTimmEfficientNet } from './convert/efficientnet-keys.js';
export { fromAllenNlpElmo, fromElmoHdf5 } from './convert/elmo-keys.js';
export { fromGgufBert, fromGgufGpt2 } from './convert/gguf-keys.js';
export {
  fromHuggingFaceBert,
  fromHuggingFaceBertPretraining,
  fromHuggingFaceDistilBert,
  fromHuggingFaceGpt2,
  fromHuggingFaceGpt2LanguageModel,
} from './convert/hugging-face.js';
export {
  bertConfigFromHuggingFace,
  gpt2ConfigFromHuggingFace,
  type HuggingFaceConfig,
} from './convert/hugging-face-config.js';
export { fromKerasInceptionV3 } from './convert/keras-inception.js';
export { type KeyRule, renameKeys } from './convert/rename.js';
export { fromScBertCheckpoint } from './convert/scbert-keys.js';
export { expressionTokens } from './preprocess/expression-tokens.js';
export { type ImagePreparation, imagePreparation, prepareImages } from './preprocess/image-input.js';
export { type Interpolation, resize } from './preprocess/resize.js';
export { ScBert, scbert } from './rna/scbert.js';
export type { ScBertConfig } from './rna/scbert-settings.js';
export type { Stage } from './stages.js';
export { Bert, type BertConfig, bert, miniLm, roberta } from './text/bert.js';
export { BertForPretraining, bertForPretraining } from './text/bert-pretraining.js';
export { Elmo, type ElmoConfig, type ElmoInput, elmo } from './text/elmo.js';
export type { ElmoFilter } from './text/elmo-characters.js';
export { elmoCharacters } from './text/elmo-input.js';
export {
  Gpt2,
  type Gpt2Config,
  Gpt2ForLanguageModelling,
  gpt2,
  gpt2ForLanguageModelling,
} from './text/gpt2.js';
export { SequenceModel } from './text/sequence-model.js';
export type { TextBatch, TextInput, Tokens } from './text/token-input.js';
export {
  EfficientNet,
  type EfficientNetOptions,
  efficientnet,
  efficientnetB0,
  efficientnetB1,
  efficientnetB2,
  efficientnetB3,
  efficientnetB4,
  efficientnetB5,
  efficientnetB6,
  efficientnetB7,
} from './vision/efficientnet.js';
export type { EfficientNetConfig, EfficientNetStage } from './vision/efficientnet-settings.js';
export { GoogLeNet, type GoogLeNetConfig, googlenet } from './vision/googlenet.js';
export { ImageClassifier } from './vision/image-classifier.js';
export { InceptionV3, type InceptionV3Config, inceptionV3 } from './vision/inception-v3.js';
export { PixelDecoder, type PixelDecoderOptions, pixelDecoder } from './vision/pixel-decoder.js';
export {
  ResNet,
  type ResNetConfig,
  type ResNetOptions,
  resnet,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
} from './vision/resnet.js';
export { Vgg, type VggConfig, type VggOptions, vgg, vgg16, vgg16Bn, vgg19, vgg19Bn } from './vision/vgg.js';
export { type ModelKey, modelKeys, type ZooEntry, zoo } from './zoo.js';
