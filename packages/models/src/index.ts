export { Autoencoder, type AutoencoderConfig, autoencoder, Mlp } from './autoencoder.js';
