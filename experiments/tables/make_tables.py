"""Writes data/*.csv.gz, the tables by which the default fine-tuning is measured, and reference.json: what scikit-learn
reaches on the same rows. Run it in a Python with scikit-learn and pandas: python make_tables.py [NAME ...] [--tables].
With names, only those tables are renewed; with --tables, no reference is computed.

Tables. Breast cancer, wine, diabetes, digits and iris are scikit-learn's; Spambase is the one that @warmstart/datasets
ships. The others are drawn here, each for one difficulty; no row of them stands for a person. Every table has the
columns `label` and `split` (train, validation, test: 64, 16 and 20 %, stratified by class). An empty cell is missing.

Rows that have labels. For each of five seeds an order of the training rows whose first n are the draw of n labels, so
20 lie within 200: one row of each class in turn, as long as a class has rows; for numbers at random. A table whose
training part is smaller than 200 has no draw of 200. `all` is training and validation rows together,
the same for every seed, so its references are computed once.

Preparation, the same for every reference: numbers centred and divided by mean and deviation of the training and
validation rows, labelled or not; a missing number becomes the mean and sets an indicator column; words become one column
each, a missing word is a word of its own. No label is looked at.

References. Only the labelled rows of the draw decide:
- shares: the class shares (or the mean) of the labelled rows;
- linear: LogisticRegressionCV over 15 strengths by log loss in stratified folds (5, or as many as the smallest class
  has rows; with a single row in a class, C = 0.01), or RidgeCV over 15 strengths by leave-one-out error;
- boosting: HistGradientBoosting, and forest: RandomForest, as they come.
Drawing by class makes rare classes frequent among the labelled rows. Every reference is scored as it is, as a model
that knows only its labelled rows must be; for two classes `linearCorrected` is the same model with its intercept moved
by the log odds of the training rows' class shares against those of the labelled rows, for orientation.

Scores are those of the test rows: logLoss (nats; probabilities no smaller than 1e-15), accuracy and, for two classes,
rocAuc; or rSquared."""
import argparse, base64, gzip, json, os, pathlib, re, warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np, pandas as pd, sklearn
from sklearn import datasets
from sklearn.ensemble import (HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier,
                              RandomForestRegressor)
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, RidgeCV
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

warnings.filterwarnings("ignore")  # classes too rare for a fold, fits that stop early: both are meant
here = pathlib.Path(__file__).parent
strengths = np.logspace(-4, 3, 15)
seeds = range(5)


def bundled(load, words=None):
    data = load(as_frame=True)
    frame = data.data.copy()
    frame.columns = [re.sub(r"\W+", "_", name).strip("_") for name in frame.columns]
    names = words or [str(name) for name in getattr(data, "target_names", [])]
    frame["label"] = [names[label] for label in data.target] if names else data.target
    return frame


def spambase():
    text = (here / "../../packages/datasets/src/samples/spambase.generated.ts").read_text()
    rows = gzip.decompress(base64.b64decode(re.search(r"'([^']+)'", text)[1])).decode().strip().split("\n")
    values = [row.split(",") for row in rows if re.match(r"[\d.]", row)]
    frame = pd.DataFrame(values).astype(float).drop_duplicates().reset_index(drop=True)
    frame.columns = [f"frequency_{index}" for index in range(54)] + ["capitals_mean", "capitals_most", "capitals", "label"]
    frame["label"] = np.where(frame["label"] > 0, "spam", "ham")
    return frame


def named(values, decimals=2):
    return pd.DataFrame(values.round(decimals), columns=[f"x{index + 1}" for index in range(values.shape[1])])


def yes_no(scores, rng):
    return np.where(rng.random(len(scores)) < 1 / (1 + np.exp(-scores)), "yes", "no")


def holed(values, share, rng):
    return np.where(rng.random(len(values)) < share, np.nan, values)


def passengers(rng, count=900):
    """Like lists of passengers: gaps, few words, and a label that the columns hardly tell."""
    ticket = rng.choice(["first", "second", "third"], count, p=[0.24, 0.21, 0.55])
    gender = rng.choice(["female", "male"], count, p=[0.4, 0.6])
    age = np.clip(rng.normal(30, 14, count), 1, 80).round()
    fare = np.exp(rng.normal(np.select([ticket == "first", ticket == "second"], [4, 3], 2.3), 0.6)).round(2)
    kin = rng.poisson(0.5, count)
    port = rng.choice(["North", "South", "West", ""], count, p=[0.6, 0.2, 0.18, 0.02])
    scores = 0.8 * (gender == "female") + 0.5 * (ticket == "first") - 0.3 * (ticket == "third") - 0.015 * (age - 30) - 0.2
    return pd.DataFrame({"ticket": ticket, "gender": gender, "age": holed(age, 0.2, rng), "fare": holed(fare, 0.02, rng),
                         "kin": kin, "port": port, "label": yes_no(scores, rng)})


def housing(rng, count=20_000):
    """Like census blocks of houses: skewed numbers, places that matter together, a limit on the price."""
    north, east = rng.normal(0, 1, count), rng.normal(0, 1, count)
    income, age = np.exp(rng.normal(1.2, 0.45, count)), rng.integers(1, 53, count)
    rooms, people = np.exp(rng.normal(1.65, 0.25, count)), np.exp(rng.normal(1.05, 0.35, count))
    block, sleeping = np.exp(rng.normal(7, 0.7, count)), np.exp(rng.normal(0.05, 0.08, count))
    near = np.exp(-((north - 0.5) ** 2 + (east + north) ** 2))
    price = 0.42 * income + 1.1 * near + 0.008 * age - 0.25 * people + 0.06 * rooms + 0.12 * np.sin(3 * east) * income
    price = np.clip(price + rng.normal(0, 0.35, count), 0.15, 5)
    frame = pd.DataFrame({"income": income, "age": age, "rooms": rooms, "sleeping": sleeping, "block": block.round(),
                          "people": people, "north": north, "east": east, "label": price})
    return frame.round(2)


def straight(rng, count=20_000, width=12):
    x = rng.normal(size=(count, width))
    return named(x).assign(label=yes_no(x @ rng.normal(0, 0.75, width) + 0.3, rng))


def wide(rng, count=600, width=300):
    hidden = rng.normal(size=(count, 12))
    x = hidden @ rng.normal(size=(12, width)) * 0.35 + rng.normal(size=(count, width))
    return named(x, 1).assign(label=yes_no(hidden[:, :4] @ np.array([1.8, -1.4, 1.2, 1.0]), rng))


def rare(rng, count=12_000, width=10):
    x = rng.normal(size=(count, width))
    scores = x[:, :4] @ np.array([1.2, -0.9, 0.7, 0.6]) + 0.5 * x[:, 4] ** 2 - 7
    return named(x).assign(label=yes_no(scores, rng))


def many_words(rng, count=4000):
    """Words in many kinds: one column of 60, of which some are rare, each with an effect of its own."""
    shares = rng.dirichlet(np.full(60, 0.8))
    columns, scores = {}, np.zeros(count)
    for name, words, size in [("city", 60, 1.2), ("trade", 18, 0.7), ("season", 4, 0.5), ("plan", 3, 0.8), ("channel", 7, 0.4)]:
        drawn = rng.choice(words, count, p=shares if words == 60 else None)
        columns[name] = [f"{name}-{index + 1}" for index in drawn]
        scores += rng.normal(0, size, words)[drawn]
    spent = rng.gamma(2, 30, count)
    columns["spent"] = holed(spent.round(1), 0.05, rng)
    return pd.DataFrame(columns).assign(label=yes_no(scores + (spent - 60) / 60, rng))


def charges(rng, count=1400):
    """A number to predict from words and numbers with gaps; two columns matter together."""
    age, weight = rng.integers(18, 65, count), rng.normal(30, 6, count)
    smoker, region = rng.choice(["yes", "no"], count, p=[0.2, 0.8]), rng.choice(["N", "E", "S", "W"], count)
    children = rng.poisson(1.1, count)
    amount = 260 * age + 200 * (weight - 30) + (smoker == "yes") * (16_000 + 900 * (weight - 30)) + 500 * children
    frame = pd.DataFrame({"age": age, "weight": holed(weight.round(1), 0.08, rng), "smoker": smoker, "region": region,
                          "children": children})
    return frame.assign(label=(amount + rng.gamma(2, 1500, count)).round(2))


def noise(rng, count=1000):
    return named(rng.normal(size=(count, 10))).assign(label=rng.choice(["left", "right"], count))


digit_words = "zero one two three four five six seven eight nine".split()
tables = {
    "breast-cancer": lambda rng: bundled(datasets.load_breast_cancer),
    "wine": lambda rng: bundled(datasets.load_wine),
    "iris": lambda rng: bundled(datasets.load_iris),
    "digits": lambda rng: bundled(datasets.load_digits, digit_words),
    "spambase": lambda rng: spambase(),
    "passengers": passengers,
    "straight": straight,
    "wide": wide,
    "rare": rare,
    "many-words": many_words,
    "noise": noise,
    "diabetes": lambda rng: bundled(datasets.load_diabetes).round(5),
    "housing": housing,
    "charges": charges,
}


def split(frame, is_classes):
    rows = np.arange(len(frame))
    kinds = frame["label"] if is_classes else None
    rest, test = train_test_split(rows, test_size=0.2, random_state=0, stratify=kinds)
    train, validation = train_test_split(rest, test_size=0.2, random_state=0, stratify=None if kinds is None else kinds[rest])
    parts = np.empty(len(frame), object)
    for name, part in [("train", train), ("validation", validation), ("test", test)]:
        parts[part] = name
    return parts


def nested_order(labels, rows, is_classes, seed):
    """Row numbers whose every beginning holds the classes as equally as can be."""
    mixed = np.random.default_rng(seed).permutation(rows)
    if not is_classes:
        return mixed
    queues = [list(mixed[labels[mixed] == kind]) for kind in np.unique(labels)]
    return np.array([queue[turn] for turn in range(len(rows)) for queue in queues if turn < len(queue)])


def prepared(frame, known):
    columns = []
    for name in frame.columns.drop(["label", "split"]):
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values):
            deviation = values[known].std(ddof=0)
            columns.append(((values - values[known].mean()) / (deviation if deviation > 1e-9 else 1)).fillna(0))
            if values.isna().any():
                columns.append(values.isna().astype(float))
        else:
            columns += [(values == word).astype(float) for word in sorted(values[known].unique())]
    return np.column_stack(columns)


def class_scores(shares, truth, kinds):
    shares = np.clip(shares, 1e-15, 1)
    found = {"logLoss": log_loss(truth, shares / shares.sum(1, keepdims=True), labels=kinds),
             "accuracy": (kinds[shares.argmax(1)] == truth).mean()}
    if len(kinds) == 2:
        found["rocAuc"] = roc_auc_score(truth == kinds[1], shares[:, 1])
    return {name: round(float(value), 5) for name, value in found.items()}


def tuned_logistic(x, labels):
    fewest = np.unique(labels, return_counts=True)[1].min()
    if fewest < 2:
        return LogisticRegression(C=0.01, max_iter=3000).fit(x, labels)
    folds = StratifiedKFold(min(5, fewest), shuffle=True, random_state=0)
    model = LogisticRegressionCV(Cs=strengths, cv=folds, scoring="neg_log_loss", max_iter=3000, use_legacy_attributes=False,
                                 l1_ratios=(0,))
    return model.fit(x, labels)


def classify(x, labels, learn, test, kinds, shares_known, seed):
    of = lambda probabilities: class_scores(probabilities, labels[test], kinds)
    shares = np.array([(labels[learn] == kind).mean() for kind in kinds])
    linear = tuned_logistic(x[learn], labels[learn])
    scores = {"shares": of(np.tile(shares, (len(test), 1))), "linear": of(linear.predict_proba(x[test]))}
    if len(kinds) == 2:
        moved = linear.decision_function(x[test]) + np.log(shares_known[1] / shares_known[0]) - np.log(shares[1] / shares[0])
        scores["linearCorrected"] = of(np.column_stack([1 / (1 + np.exp(moved)), 1 / (1 + np.exp(-moved))]))
    for name, model in [("boosting", HistGradientBoostingClassifier(random_state=seed)),
                        ("forest", RandomForestClassifier(random_state=seed))]:
        scores[name] = of(model.fit(x[learn], labels[learn]).predict_proba(x[test]))
    return scores


def regress(x, targets, learn, test, seed):
    of = lambda guesses: {"rSquared": round(float(r2_score(targets[test], guesses)), 5)}
    linear = RidgeCV(alphas=1 / strengths).fit(x[learn], targets[learn])
    scores = {"shares": of(np.full(len(test), targets[learn].mean())), "linear": of(linear.predict(x[test]))}
    for name, model in [("boosting", HistGradientBoostingRegressor(random_state=seed)),
                        ("forest", RandomForestRegressor(random_state=seed))]:
        scores[name] = of(model.fit(x[learn], targets[learn]).predict(x[test]))
    return scores


def reference(frame, is_classes):
    parts, labels = frame["split"].to_numpy(), frame["label"].to_numpy()
    train, test = np.flatnonzero(parts == "train"), np.flatnonzero(parts == "test")
    known = np.flatnonzero(parts != "test")
    x, kinds = prepared(frame, known), np.unique(labels) if is_classes else None
    orders = [nested_order(labels, train, is_classes, seed) for seed in seeds]
    results = {}
    for count in [20, 200, "all"]:
        if count == 200 and len(train) < 200:
            continue
        results[str(count)] = []
        for seed in [0] if count == "all" else seeds:
            learn = known if count == "all" else orders[seed][:count]
            if is_classes:
                shares_known = np.array([(labels[known] == kind).mean() for kind in kinds])
                scores = classify(x, labels, learn, test, kinds, shares_known, seed)
            else:
                scores = regress(x, labels.astype(float), learn, test, seed)
            results[str(count)].append(scores)
    return {"task": "classes" if is_classes else "number", "rows": len(frame), "columns": len(frame.columns) - 2,
            "test": len(test), **({"classes": len(kinds)} if is_classes else {}),
            "draws": [order[:200].tolist() for order in orders], "scores": results}


def write_table(name, frame):
    text = frame.to_csv(index=False, lineterminator="\n")
    (here / "data" / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("names", nargs="*")
    arguments.add_argument("--tables", action="store_true")
    asked = arguments.parse_args()
    path = here / "reference.json"
    written = json.loads(path.read_text())["tables"] if path.exists() else {}
    for index, (name, make) in enumerate(tables.items()):
        if asked.names and name not in asked.names:
            continue
        frame = make(np.random.default_rng([7, index]))
        is_classes = not pd.api.types.is_numeric_dtype(frame["label"])
        frame = frame.assign(split=split(frame, is_classes))
        write_table(name, frame)
        if asked.tables:
            continue
        # as a reader of the file sees it
        again = pd.read_csv(here / "data" / f"{name}.csv.gz", keep_default_na=False, na_values={
            column: [""] for column in frame if pd.api.types.is_numeric_dtype(frame[column])})
        written[name] = reference(again, is_classes)
        versions = {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "pandas": pd.__version__}
        ordered = {name: written[name] for name in tables if name in written}
        path.write_text(json.dumps({"versions": versions, "tables": ordered}, separators=(",", ":")) + "\n")
        means = {count: {kind: round(np.mean([one[kind].get("logLoss", one[kind].get("rSquared")) for one in found]), 3)
                         for kind in found[0]} for count, found in written[name]["scores"].items()}
        print(name, len(frame), means, flush=True)


main()
