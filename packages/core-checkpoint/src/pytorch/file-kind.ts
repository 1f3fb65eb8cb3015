/** What to do about a file, in the words of a program and of the command line. */
export interface Advice {
  readonly hint: string;
  /** the same for the command line, where it differs */
  readonly command?: string;
}

interface FileKind extends Advice {
  /** in the pickle's text: names of classes, keys */
  readonly mark: RegExp;
}

const wholeModel =
  "The file holds a whole model with its code. In Python, where its classes are installed: torch.save(torch.load(file, weights_only=False).state_dict(), 'weights.pt').";

const skipping: Advice = {
  hint: "Re-save it with torch.save(model.state_dict(), ...), or leave such objects out with { onUnknown: 'skip' }.",
  command:
    'Re-save it with torch.save(model.state_dict(), ...), or leave such objects out with --skip-unknown.',
};

/** Kinds of files by what only they hold, the surest first. */
const kinds: readonly FileKind[] = [
  {
    mark: /ultralytics[.]|models[.](yolo|common)\b/,
    hint: "It is a whole model of Ultralytics. Where ultralytics is installed: torch.save(torch.load(file, weights_only=False)['model'].float().state_dict(), 'weights.pt').",
  },
  {
    mark: /torch[.]distributed[.](_)?tensor|DTensor/,
    hint: 'Its tensors are DTensors, pieces of a distributed model. Save whole ones: get_model_state_dict(model, options=StateDictOptions(full_state_dict=True)) of torch.distributed.checkpoint.state_dict, or tensor.full_tensor() for each.',
  },
  {
    mark: /torchao[.]/,
    hint: "Its tensors are quantized by torchao. Save plain ones: {key: t.dequantize() if hasattr(t, 'dequantize') else t for key, t in model.state_dict().items()}.",
  },
  {
    mark: /_rebuild_nested_tensor|torch[.]nested|torch[.]masked/,
    hint: 'It holds nested or masked tensors. Save plain ones: tensor.to_padded_tensor(0.0), or tensor.get_data() of a masked one.',
  },
  {
    mark: /pytorch-lightning_version/,
    hint: "It is a Lightning checkpoint whose hyper-parameters or callbacks hold objects; its weights are plain: open(file, { onUnknown: 'skip' }), then stateDict({ at: 'state_dict' }).",
    command:
      'It is a Lightning checkpoint whose hyper-parameters or callbacks hold objects; its weights are plain: --skip-unknown --at state_dict.',
  },
  {
    mark: /fastai[.]/,
    hint: "It is an exported learner of fastai. Where fastai is installed: torch.save(load_learner(file).model.state_dict(), 'weights.pt').",
  },
];

/**
 * What helps with a pickle that asks for more than data: by what kind of file it is, not by the first name met.
 *
 * @param name - the name that is not in the table
 * @param pickle - all that is known of the pickle
 */
export function adviceFor(name: string, pickle: Uint8Array): Advice {
  const text = new TextDecoder('latin1').decode(pickle.subarray(0, 4 * 2 ** 20));
  const kind = kinds.find(({ mark }) => mark.test(text));
  if (kind) return { hint: kind.hint, ...(kind.command !== undefined && { command: kind.command }) };
  // a module beside a state dict is a loss or the like; alone it is the model
  const isModule = /^torch\.nn\.modules\./.test(name) || /torch[.]nn[.]modules[.]/.test(text);
  return isModule && !/[^_a-z](model_|net_)?state_dict[^_a-z]/.test(text) ? { hint: wholeModel } : skipping;
}
