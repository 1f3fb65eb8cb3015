import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { type KeyRule, renameKeys } from './rename.js';

const bertTable: readonly KeyRule[] = [
  [/^token_embd\./, 'embeddings.word_embeddings.'],
  [/^position_embd\./, 'embeddings.position_embeddings.'],
  [/^token_types\./, 'embeddings.token_type_embeddings.'],
  [/^token_embd_norm\./, 'embeddings.LayerNorm.'],
  [/^blk\.(\d+)\.attn_q\./, 'encoder.layer.$1.attention.self.query.'],
  [/^blk\.(\d+)\.attn_k\./, 'encoder.layer.$1.attention.self.key.'],
  [/^blk\.(\d+)\.attn_v\./, 'encoder.layer.$1.attention.self.value.'],
  [/^blk\.(\d+)\.attn_output\./, 'encoder.layer.$1.attention.output.dense.'],
  [/^blk\.(\d+)\.attn_output_norm\./, 'encoder.layer.$1.attention.output.LayerNorm.'],
  [/^blk\.(\d+)\.ffn_up\./, 'encoder.layer.$1.intermediate.dense.'],
  [/^blk\.(\d+)\.ffn_down\./, 'encoder.layer.$1.output.dense.'],
  [/^blk\.(\d+)\.layer_output_norm\./, 'encoder.layer.$1.output.LayerNorm.'],
];

/**
 * A GGUF file of the BERT family (embedding models for llama.cpp), for `bert({ pooler: false })` and `miniLm`: such
 * files have no pooler.
 *
 * @throws RangeError if the file does not have GGUF's names of a BERT
 * @see gguf-py/gguf/tensor_mapping.py of llama.cpp
 */
export function fromGgufBert(dict: StateDict): StateDict {
  requireKeys('fromGgufBert', dict, ['token_embd.weight', 'blk.0.attn_output_norm.weight']);
  return renameKeys(dict, bertTable);
}

const gpt2Table: readonly KeyRule[] = [
  [/^token_embd\./, 'wte.'],
  [/^position_embd\./, 'wpe.'],
  [/^output_norm\./, 'ln_f.'],
  [/^output\.weight$/, undefined], // the head is the word table
  [/^blk\.(\d+)\.attn_norm\./, 'h.$1.ln_1.'],
  [/^blk\.(\d+)\.attn_qkv\./, 'h.$1.attn.c_attn.'],
  [/^blk\.(\d+)\.attn_output\./, 'h.$1.attn.c_proj.'],
  [/^blk\.(\d+)\.ffn_norm\./, 'h.$1.ln_2.'],
  [/^blk\.(\d+)\.ffn_up\./, 'h.$1.mlp.c_fc.'],
  [/^blk\.(\d+)\.ffn_down\./, 'h.$1.mlp.c_proj.'],
];

/**
 * A GGUF file of GPT-2, for `gpt2`. GGUF keeps its projections transposed.
 *
 * @throws RangeError if the file does not have GGUF's names of a GPT-2
 * @see convert_hf_to_gguf.py of llama.cpp, `GPT2Model`
 */
export function fromGgufGpt2(dict: StateDict): StateDict {
  requireKeys('fromGgufGpt2', dict, ['token_embd.weight', 'blk.0.attn_qkv.weight', 'output_norm.weight']);
  const renamed = renameKeys(dict, gpt2Table);
  for (const [key, tensor] of renamed) {
    if (/\.(c_attn|c_proj|c_fc)\.weight$/.test(key)) renamed.set(key, transposed(tensor));
  }
  return renamed;
}

function requireKeys(caller: string, dict: StateDict, keys: readonly string[]): void {
  const missing = keys.find((key) => !dict.has(key));
  if (missing === undefined) return;
  const some = [...dict.keys()].slice(0, 3).join(', ');
  throw new RangeError(
    `${caller}: the file must hold ${missing}, got ${some}, … Is it of another architecture?`,
  );
}

/** [rows, columns] to [columns, rows], of any dtype; a stand-in without values stays one. */
function transposed({ dtype, shape: [rows = 0, columns = 0], data }: NamedTensor): NamedTensor {
  const turned = data.slice();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns && turned.length > 0; column++)
      turned[column * rows + row] = data[row * columns + column] as never; // of the same array
  }
  return { dtype, shape: [columns, rows], data: turned };
}
