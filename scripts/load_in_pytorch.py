"""Loads checkpoints in real PyTorch, with weights_only=True, and prints every tensor with the SHA-256 of its bytes.

    python3 scripts/load_in_pytorch.py encoder.pt
    warmstart inspect encoder.pt --digest --json        # the same digests, from our reader

Needs torch >= 1.13 and numpy. No test runs this: it is for people who want to see it with their own eyes.
"""

import hashlib
import sys

import torch

for path in sys.argv[1:]:
    state_dict = torch.load(path, map_location="cpu", weights_only=True)
    print(f"{path}: torch {torch.__version__} loaded {len(state_dict)} tensors")
    for name, tensor in state_dict.items():
        data = tensor.detach().contiguous().numpy().tobytes()
        print(f"  {name}  {tensor.dtype}  {list(tensor.shape)}  {hashlib.sha256(data).hexdigest()}")
