"""Writes digits.generated.ts from scikit-learn's copy of the UCI digits (needs scikit-learn; not run by tests)."""
import base64
import pathlib
import zlib

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
values = np.minimum(digits.data, 15).astype(np.uint8).reshape(-1)
packed = ((values[0::2] << 4) | values[1::2]).tobytes() + digits.target.astype(np.uint8).tobytes()
target = pathlib.Path(__file__).with_name("digits.generated.ts")
header = target.read_text().split("export const")[0]
text = base64.b64encode(zlib.compress(packed, 9)).decode()
target.write_text(f"{header}export const digitsBase64 =\n  '{text}';\n")
