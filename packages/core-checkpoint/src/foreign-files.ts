import type { CheckpointError, Refuse } from './errors.js';
import type { ByteSource } from './sources/byte-source.js';
import type { StrictJson } from './strict-json.js';

/** What people have instead of the checkpoint they wanted: undefined if the beginning of the file tells nothing. */
export function foreignFile(
  source: ByteSource,
  head: Uint8Array,
  refuse: Refuse,
): CheckpointError | undefined {
  const text = new TextDecoder('latin1').decode(head);
  if (source.size === 0) return refuse('truncated', 'is empty', { hint: 'Fetch or save it again.' });
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return refuse('unsupported-format', `is a Git LFS pointer (${source.size} bytes), not the weights`, {
      hint: 'Run git lfs pull.',
    });
  }
  if (/^\s*(<!doctype html|<html|<\?xml|<!--)/i.test(text)) return webPage(text, refuse);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    return refuse('unsupported-compression', 'is compressed with gzip', { hint: 'Run gunzip on it first.' });
  }
  if (text.slice(257, 262) === 'ustar')
    return refuse('unsupported-format', 'is a tar archive', { hint: 'Unpack it first.' });
  if (head[0] === 0x80 && (head[1] ?? 9) <= 5) return plainPickle(text, refuse);
  return isSentence(source, head)
    ? serverAnswer(new TextDecoder().decode(head).trim(), refuse, true)
    : undefined;
}

/** One of the files that `torch.distributed.checkpoint` writes per process: half an archive, useless alone. */
export function distributedPiece(refuse: Refuse): CheckpointError {
  return refuse('unsupported-format', 'is one piece of a distributed checkpoint', {
    hint: 'Join the whole folder in Python: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER weights.pt',
  });
}

function webPage(text: string, refuse: Refuse): CheckpointError {
  const code = /<code>([^<]{1,100})<\/code>/i.exec(text)?.[1];
  if (code !== undefined) {
    return refuse('unsupported-format', `is a server's answer, ${JSON.stringify(code)}, not a checkpoint`, {
      hint: 'Its address may have expired, or need a login: take a new link of the download itself.',
    });
  }
  return refuse('unsupported-format', 'is a web page, not a checkpoint', {
    hint: 'The link leads to a page about the file, or to a login; take the link of the download itself.',
  });
}

function plainPickle(text: string, refuse: Refuse): CheckpointError {
  const isNumpy = /numpy/.test(text);
  const hint = isNumpy
    ? "Its arrays can be saved as tensors (detectron2 and others pickle NumPy arrays so): python -c \"import pickle, torch; d = pickle.load(open('in.pkl', 'rb'), encoding='latin1'); torch.save({k: torch.as_tensor(v) for k, v in d.get('model', d).items()}, 'out.pt')\""
    : 'Save it with torch.save(state_dict, ...).';
  return refuse(
    'unsupported-format',
    `is a pickle${isNumpy ? ' of NumPy arrays' : ''} that torch.save did not write. Nothing of it was run`,
    { hint },
  );
}

/** A short text of printable characters: an error message saved under the file's name. */
function isSentence({ size }: ByteSource, head: Uint8Array): boolean {
  if (size > 2000 || size > head.byteLength) return false;
  const text = new TextDecoder().decode(head);
  return /^[^\p{Cc}\ufffd]+$/u.test(text.replace(/\s+/g, ' ')) && /[a-z]{3} [a-z]/i.test(text);
}

/**
 * A server's refusal in words, saved in place of the file.
 *
 * @param text - what it says
 * @param always - also where the words are not known
 */
export function serverAnswer(
  text: StrictJson | undefined,
  refuse: Refuse,
  always = false,
): CheckpointError | undefined {
  if (typeof text !== 'string') return undefined;
  const said = `is a server's answer, ${JSON.stringify(text.slice(0, 120))}, not a checkpoint`;
  if (/restricted|gated|authenticat|authoriz|credentials|denied|forbidden|password|log ?in/i.test(text)) {
    return refuse('unsupported-format', said, {
      hint: "Accept the model's terms on its page if it has any, then fetch it with a token: open(url, { fetch, headers: { Authorization: 'Bearer …' } }).",
      command:
        "Accept the model's terms on its page if it has any, then fetch it with a token: hf auth login, and hf download NAME.",
    });
  }
  if (/not found|does not exist|no such/i.test(text)) {
    return refuse('unsupported-format', said, {
      hint: 'There is no such file at that address: check its name, folder and revision.',
    });
  }
  return always ? refuse('unsupported-format', said, { hint: 'Fetch the file itself.' }) : undefined;
}
