export type { AddedTokenDefinition, TokenizerDefinition } from './definition.js';
export { TokenizerError, type TokenizerErrorCode } from './errors.js';
export { type ReadTokenizerOptions, readTokenizer, type TokenizerFiles } from './read-tokenizer.js';
export { type EncodedTexts, type EncodeOptions, Tokenizer, type TokenizerDefaults } from './tokenizer.js';
export { type TrainTokenizerOptions, trainTokenizer } from './train-tokenizer.js';
