"""Predicts with a Warmstart model file; needs NumPy and safetensors, for texts tokenizers, for image files Pillow.

    python predict.py new-rows.csv > predictions.csv
    python predict.py photos/*.jpg            images: files, or a .npy of pixels [rows, size, size, 3], 0 to 255
    python predict.py texts/*.txt             texts: files

The file's card says all that is needed: columns by name with means, deviations and words, classes, temperature.
"""
import argparse, csv, json, math, re, sys, unicodedata
from datetime import datetime
from pathlib import Path

import numpy as np
from safetensors import safe_open

MISSING = {"", "?", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None"}
CYCLES = {"year": 365.2425, "week": 7.0, "day": 1.0}


def standardised(values, mean, deviation):
    """z = (value - mean) / deviation; beyond 8 deviations sign(z) * (8 + ln(1 + |z| - 8))."""
    z = (values - mean) / deviation
    beyond = np.maximum(np.abs(z) - 8, 0)
    return np.where(beyond > 0, np.sign(z) * (8 + np.log1p(beyond)), z)


def numbers(cells, missing):
    return np.array([np.nan if cell in missing else float(cell) for cell in cells])


def days(cells, missing, order):
    """Days since 1970-01-01."""
    forms = ["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"] if order == "day-first" else ["%m/%d/%Y", "%m-%d-%Y"]

    def of(cell):
        if cell in missing:
            return np.nan
        for form in forms:
            try:
                return (datetime.strptime(cell, form) - datetime(1970, 1, 1)).total_seconds() / 86400
            except ValueError:
                pass
        when = datetime.fromisoformat(cell.replace("Z", "+00:00"))
        offset = when.utcoffset()
        when = when.replace(tzinfo=None) - (offset if offset else datetime.min - datetime.min)
        return (when - datetime(1970, 1, 1)).total_seconds() / 86400

    return np.array([of(cell) for cell in cells])


def number_features(column, values):
    known = ~np.isnan(values)
    z = np.where(known, standardised(np.where(known, values, column["mean"]), column["mean"], column["deviation"]), 0)
    features = [z]
    for cycle in column.get("cycles", []):
        angle = 2 * math.pi * np.where(known, values, 0) / CYCLES[cycle]
        features += [np.where(known, np.sin(angle), 0), np.where(known, np.cos(angle), 0)]
    if column.get("indicator"):
        features.append((~known).astype(float))
    return np.stack(features, 1)


def words_of(text):
    """Runs of letters, marks and digits, in small letters."""
    kept = (c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text.lower())
    return "".join(kept).split()


def text_features(column, cells):
    """How often each word stands in the text times its weight, brought to the length sqrt(words)."""
    place = {word: at for at, word in enumerate(column["words"])}
    weights = np.array(column["weights"])
    counts = np.zeros((len(cells), len(place)))
    for row, cell in enumerate(cells):
        for word in words_of(cell):
            if word in place:
                counts[row, place[word]] += 1
    counts *= weights
    length = np.sqrt((counts**2).sum(1, keepdims=True))
    return np.divide(counts * math.sqrt(len(place)), length, out=np.zeros_like(counts), where=length > 0)


def category_features(column, cells, missing):
    place = {word: at for at, word in enumerate(column["words"])}
    strange = sorted({cell for cell in cells if cell not in missing and cell not in place})
    if strange:
        raise SystemExit(f"{column['name']}: words that the model has not learned: {', '.join(strange[:5])}")
    features = np.zeros((len(cells), len(place)))
    for row, cell in enumerate(cells):
        if cell in place:
            features[row, place[cell]] = 1
    return features


def table_features(schema, rows):
    missing = set(schema["missingValues"]) if "missingValues" in schema else MISSING | set(schema.get("missingWords", []))

    def cells(name):
        if rows and name not in rows[0]:
            raise SystemExit(f"there is no column {name!r}; the model needs it")
        return [(row[name] or "").strip() for row in rows]

    parts = []
    for column in schema["columns"]:
        kind = column["type"]
        if kind == "number":
            parts.append(number_features(column, numbers(cells(column["name"]), missing)))
        elif kind == "date":
            parts.append(number_features(column, days(cells(column["name"]), missing, column["order"])))
        elif kind == "category":
            parts.append(category_features(column, cells(column["name"]), missing))
        elif kind == "text":
            parts.append(text_features(column, cells(column["name"])))
        else:
            parts += [np.nan_to_num(numbers(cells(name), missing))[:, None] for name in column["names"]]
    return np.concatenate(parts, 1)


def count_features(schema, rows):
    """Counts, rows x genes: scaled to `scale` a row, log(1 + x), standardised; genes by id or symbol."""
    names = [name for name in rows[0] if all(re.fullmatch(r"[-+.\deE]*", row[name] or "") for row in rows[:20])]
    counts = np.array([[float(row[name] or 0) for name in names] for row in rows])
    if not schema["logged"]:
        counts = np.log1p(counts / np.maximum(counts.sum(1, keepdims=True), 1e-300) * schema["scale"])
    place = {name: at for at, name in enumerate(names)}
    found = [place.get(gene["id"], place.get(gene.get("symbol"))) for gene in schema["genes"]]
    known = [at for at in found if at is not None]
    if 2 * len(known) < len(found):
        raise SystemExit(f"only {len(known)} of the model's {len(found)} genes are there")
    print(f"{len(known)} of the model's {len(found)} genes were found", file=sys.stderr)
    features = np.zeros((len(rows), len(found)))
    for gene, at in enumerate(found):
        if at is not None:
            features[:, gene] = standardised(counts[:, at], schema["mean"][gene], schema["deviation"][gene])
    return features


def image_features(schema, paths):
    size = schema["size"]
    if len(paths) == 1 and paths[0].endswith(".npy"):
        pixels = np.load(paths[0], allow_pickle=False)
    else:
        pixels = np.stack([read_image(path, schema) for path in paths])
    if pixels.shape[1:] != (size, size, 3):
        raise SystemExit(f"pixels must be [rows, {size}, {size}, 3], got {list(pixels.shape)}")
    return ((pixels / 255 - np.array(schema["mean"])) / np.array(schema["deviation"])).reshape(len(pixels), -1)


def read_image(path, schema):
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    share = schema["shorterSide"] / min(image.size)
    how = Image.Resampling.BICUBIC if schema["interpolation"] == "bicubic" else Image.Resampling.BILINEAR
    image = image.resize([max(1, round(side * share)) for side in image.size], how)
    left, top = [(side - schema["size"]) // 2 for side in image.size]
    return np.asarray(image.crop((left, top, left + schema["size"], top + schema["size"])))


def token_features(schema, texts):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(json.dumps(schema["tokenizer"]))
    tokenizer.enable_truncation(schema["length"])
    tokenizer.enable_padding(length=schema["length"], pad_id=0)
    return np.array([encoded.ids for encoded in tokenizer.encode_batch(texts)])


def linear(x, weights, name):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def mlp(x, weights, architecture):
    for layer in range(1, len(architecture["hidden"]) + 1):
        x = np.maximum(linear(x, weights, f"encoder.fc{layer}"), 0)
    return x


def bert(ids, weights, config):
    """BERT's last states, averaged over the tokens that are not padding."""
    heads, epsilon = config.get("headCount", 12), config.get("epsilon", 1e-12)
    erf = np.vectorize(math.erf)

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
        return centred / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def split(x):
        return x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    known = (ids != config["paddingId"]).astype(float)
    table = "encoder.embeddings."
    x = weights[f"{table}word_embeddings.weight"][ids]
    x = x + weights[f"{table}position_embeddings.weight"][: ids.shape[1]] + weights[f"{table}token_type_embeddings.weight"][0]
    x = norm(x, f"{table}LayerNorm")
    for layer in range(config.get("layerCount", 12)):
        name = f"encoder.encoder.layer.{layer}"
        query, key, value = [split(linear(x, weights, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")]
        scores = query @ key.transpose(0, 1, 3, 2) / math.sqrt(query.shape[-1]) + (known[:, None, None] - 1) * 1e9
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        seen = (shares @ value).transpose(0, 2, 1, 3).reshape(x.shape)
        x = norm(x + linear(seen, weights, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        middle = linear(x, weights, f"{name}.intermediate.dense")
        middle = middle * (1 + erf(middle / math.sqrt(2))) / 2
        x = norm(x + linear(middle, weights, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    return (x * known[..., None]).sum(1) / np.maximum(known.sum(1, keepdims=True), 1)


def features_of(card, paths, options):
    schema = card["input"]
    if schema["kind"] == "images":
        return image_features(schema, paths)
    if schema["kind"] == "texts":
        return token_features(schema, [Path(path).read_text() for path in paths])
    with open(paths[0], newline="", encoding=options.encoding) as file:
        rows = list(csv.DictReader(file, delimiter=options.delimiter))
    return (table_features if schema["kind"] == "table" else count_features)(schema, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", nargs="+")
    parser.add_argument("--model", default=str(Path(__file__).with_name("model.safetensors")))
    parser.add_argument("--delimiter", default=",")
    parser.add_argument("--encoding", default="utf-8-sig")
    options = parser.parse_args()
    with safe_open(options.model, "np") as file:
        card = json.loads(file.metadata()["warmstart.card"])
        weights = {key: file.get_tensor(key).astype(np.float64) for key in file.keys()}
    x = features_of(card, options.rows, options)
    architecture, output = card["architecture"], card["output"]
    if architecture["kind"] == "mlp":
        x = mlp(x, weights, architecture)
    elif architecture["kind"] == "bert":
        x = bert(x.astype(int), weights, architecture["config"])
    x = linear(x, weights, "head")
    writer = csv.writer(sys.stdout)
    if output["kind"] == "number":
        writer.writerow([output["column"]])
        writer.writerows([[value * output["deviation"] + output["mean"]] for value in x[:, 0]])
        return
    shares = np.exp((x - x.max(1, keepdims=True)) / output["temperature"])
    shares /= shares.sum(1, keepdims=True)
    writer.writerow([output["column"], *(f"p({name})" for name in output["classNames"])])
    for row in shares:
        writer.writerow([output["classNames"][int(row.argmax())], *row])


if __name__ == "__main__":
    main()
