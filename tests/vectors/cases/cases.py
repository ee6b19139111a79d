#!/usr/bin/env python3
"""Writes the .vec files of this folder: variants of the operators that the vectors beside the repository do not have.

The results are computed here in float64 by the formulas of ONNX's operator specification and PyTorch's documentation, written
down as plainly as they stand there; gradients are central differences, so that no derivative is copied from the library.
Run it again only when a case is added: python3 tests/vectors/cases/cases.py
"""
import math
import os
import random
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
rnd = random.Random(20)


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def size(shape):
    return math.prod(shape)


def normal(*shape):
    return [f32(rnd.gauss(0, 1)) for _ in range(size(shape))]


def uniform(a, b, *shape):
    return [f32(rnd.uniform(a, b)) for _ in range(size(shape))]


def text(x):
    if isinstance(x, int):
        return str(x)
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    return x.hex()


def write(name, op, attributes, inputs, outputs, tol="1e-05 1e-06"):
    """inputs: (name, shape, values); a list of int makes it i64. outputs are f64."""
    lines = ["# tests/vectors/cases/cases.py, float64", "vec 1", f"name {name}", f"op {op}", f"tol {tol}"]
    lines += [f"attr {k} {v}" for k, v in attributes.items()]
    for kind, tensors in (("input", inputs), ("output", outputs)):
        for label, shape, values in tensors:
            assert len(values) == size(shape), (name, label)
            whole = all(isinstance(v, int) for v in values)
            type_ = "i64" if whole else "f32" if kind == "input" else "f64"
            lines.append(" ".join([kind, label, type_] + [str(d) for d in shape]))
            lines += [" ".join(text(v) for v in values[i:i + 8]) for i in range(0, len(values), 8)]
    with open(os.path.join(HERE, name + ".vec"), "w", encoding="ascii") as out:
        out.write("\n".join(lines + ["end"]) + "\n")


def slope(f, x, i, h=1e-5):
    """df/dx[i] for a scalar f of a list"""
    up, down = list(x), list(x)
    up[i] += h
    down[i] -= h
    return (f(up) - f(down)) / (2 * h)


def gradient(f, x):
    return [slope(f, x, i) for i in range(len(x))]


# ------------------------------------------------------------------ Gemm
def gemm(name, m, k, n, ta, tb, alpha, beta, cshape):
    a, b = normal(m, k), normal(k, n)
    c = normal(*cshape)
    at = [a[i * k + p] for p in range(k) for i in range(m)] if ta else a
    bt = [b[p * n + j] for j in range(n) for p in range(k)] if tb else b

    def cat(i, j):
        s = [1] * (2 - len(cshape)) + list(cshape)
        return c[(i if s[0] > 1 else 0) * s[1] + (j if s[1] > 1 else 0)]

    y = [f32(alpha) * sum(a[i * k + p] * b[p * n + j] for p in range(k)) + f32(beta) * cat(i, j) for i in range(m) for j in range(n)]
    write(name, "Gemm", {"transA": ta, "transB": tb, "alpha": alpha, "beta": beta},
          [("a", (k, m) if ta else (m, k), at), ("b", (n, k) if tb else (k, n), bt), ("c", cshape, c)], [("y", (m, n), y)])


gemm("gemm_column", 3, 4, 5, 1, 0, 0.3, -0.7, (3, 1))
gemm("gemm_row", 4, 2, 3, 1, 1, -1.5, 0.25, (1, 3))
gemm("gemm_scalar", 2, 3, 4, 0, 0, 1.0, 2.0, ())
gemm("gemm_beta_0", 2, 3, 4, 0, 1, 1.0, 0.0, (4,))

# ------------------------------------------------------------------ activations
X = [-6.0, -2.5, -1.0, -0.3, 0.25, 0.7, 1.5, 5.0]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def activation(name, op, attributes, f, shape=(2, 4), values=None, gradients=True):
    x = values or [f32(v) for v in X]
    dy = normal(*shape)
    inputs, outputs = [("X", shape, x)], [("Y", shape, [f(v) for v in x])]
    if gradients:
        inputs.append(("dY", shape, dy))
        outputs.append(("dX", shape, [(f(v + 1e-6) - f(v - 1e-6)) / 2e-6 * d for v, d in zip(x, dy)]))
    write(name, op, attributes, inputs, outputs)


def elu(a, g=1.0):
    a, g = f32(a), f32(g)
    return lambda x: g * (x if x > 0 else a * (math.exp(x) - 1))


activation("elu_alpha", "Elu", {"alpha": 0.3}, elu(0.3))
activation("selu_constants", "Selu", {"alpha": 2.0, "gamma": 3.0}, elu(2, 3))
activation("selu_gamma", "Selu", {"gamma": 0.5}, elu(1.6732632423543772848, 0.5), gradients=False)
activation("selu_usual", "Selu", {"alpha": 1.6732632, "gamma": 1.050701}, elu(1.6732632, 1.050701))
activation("celu_alpha", "Celu", {"alpha": 0.4}, lambda x: max(0, x) + min(0, f32(0.4) * (math.exp(x / f32(0.4)) - 1)))
activation("leaky_alpha", "LeakyRelu", {"alpha": 0.35}, lambda x: x if x > 0 else f32(0.35) * x)
activation("swish_alpha", "Swish", {"alpha": 1.7}, lambda x: x * sigmoid(f32(1.7) * x))
activation("hard_sigmoid", "HardSigmoid", {"alpha": 0.3, "beta": 0.4}, lambda x: min(1, max(0, f32(0.3) * x + f32(0.4))))
activation("hard_sigmoid_default", "HardSigmoid", {}, lambda x: min(1, max(0, f32(0.2) * x + 0.5)), gradients=False)
activation("gelu_tanh", "Gelu", {"approximate": "tanh"},
           lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3))), (2, 2, 2))
activation("relu_scalar", "Relu", {}, lambda x: max(0.0, x), (), [-1.5])
activation("tanh_scalar", "Tanh", {}, math.tanh, (), [0.75], gradients=False)
activation("softplus_rank_5", "Softplus", {}, lambda x: math.log1p(math.exp(x)), (1, 2, 1, 2, 2))


def places(shape, sshape):
    """for every element of `shape`, the index in a slope that is broadcast to it from the last axis"""
    out = []
    for i in range(size(shape)):
        at, place, step = i, 0, 1
        for d in range(1, len(shape) + 1):
            k = at % shape[-d]
            at //= shape[-d]
            if d <= len(sshape):
                place += (k if sshape[-d] > 1 else 0) * step
                step *= sshape[-d]
        out.append(place)
    return out


def prelu(name, shape, sshape):
    x, s = normal(*shape), normal(*sshape)
    write(name, "PRelu", {}, [("x", shape, x), ("slope", sshape, s)],
          [("y", shape, [v if v >= 0 else s[p] * v for v, p in zip(x, places(shape, sshape))])])


prelu("prelu_middle", (2, 3, 4), (3, 1))
prelu("prelu_outer", (2, 3, 4), (2, 1, 4))
prelu("prelu_whole", (2, 3), (2, 3))
prelu("prelu_scalar", (2, 3), ())

shape, axis = (2, 3, 4), 2
x, s, dy = normal(*shape), normal(4), normal(*shape)
write("prelu_axis_2", "PRelu", {"axis": 2}, [("X", shape, x), ("slope", (4,), s), ("dY", shape, dy)],
      [("Y", shape, [v if v > 0 else s[i % 4] * v for i, v in enumerate(x)]),
       ("dX", shape, [d * (1 if v > 0 else s[i % 4]) for i, (v, d) in enumerate(zip(x, dy))]),
       ("dslope", (4,), [sum(d * v for i, (v, d) in enumerate(zip(x, dy)) if i % 4 == j and v < 0) for j in range(4)])])

for training in (0, 1):
    x, dy, s = normal(3, 5), normal(3, 5), uniform(0.3, 0.4, 3, 5)
    s = [1.0 if v >= 0 else w for v, w in zip(x, s)]
    a = s if training else [1.0 if v >= 0 else (f32(0.3) + f32(0.4)) / 2 for v in x]
    write(f"rrelu_{'train' if training else 'infer'}", "RRelu", {"lower": 0.3, "upper": 0.4, "training": training},
          [("X", (3, 5), x)] + ([("slope", (3, 5), s)] if training else []) + [("dY", (3, 5), dy)],
          [("Y", (3, 5), [w * v for v, w in zip(x, a)]), ("dX", (3, 5), [w * d for d, w in zip(dy, a)])])


# ------------------------------------------------------------------ softmax and losses
def lines(shape, axis):
    """index lists of the lines along the axis, in row-major order of the other axes"""
    inner = size(shape[axis + 1:])
    return [[(o * shape[axis] + k) * inner + i for k in range(shape[axis])] for o in range(size(shape[:axis])) for i in range(inner)]


def log_softmax(z):
    m = max(z)
    s = math.log(sum(math.exp(v - m) for v in z))
    return [v - m - s for v in z]


def along(shape, axis, x, f):
    y = [0.0] * len(x)
    for line in lines(shape, axis):
        for i, v in zip(line, f([x[i] for i in line])):
            y[i] = v
    return y


def softmax(name, op, shape, axis):
    f = log_softmax if op[0] == "L" else lambda z: [math.exp(v) for v in log_softmax(z)]
    positive = axis % len(shape)
    x, dy = normal(*shape), normal(*shape)
    total = lambda v: sum(a * b for a, b in zip(along(shape, positive, v, f), dy))
    write(name, op, {"axis": axis}, [("X", shape, x), ("dY", shape, dy)],
          [("Y", shape, along(shape, positive, x, f)), ("dX", shape, gradient(total, x))])


softmax("softmax_axis_1", "Softmax", (2, 3, 2, 2), 1)
softmax("softmax_axis_minus_3", "Softmax", (3, 2, 2), -3)
softmax("logsoftmax_axis_minus_2", "LogSoftmax", (2, 3, 2), -2)
softmax("logsoftmax_one", "LogSoftmax", (3, 1), 1)


def losses(x, shape, labels=None, targets=None, weights=None, ignore=None, e=0.0, reduction="mean", logs=False):
    classes, each, total = shape[1], [], 0.0
    w = weights or [1.0] * classes
    e = f32(e)
    for n, line in enumerate(lines(shape, 1)):
        l = [x[i] for i in line]
        l = l if logs else log_softmax(l)
        if labels and labels[n] == ignore:
            each.append(0.0)
            continue
        t = [float(labels[n] == k) for k in range(classes)] if labels else [targets[i] for i in line]
        each.append(-sum(w[k] * ((1 - e) * t[k] + e / classes) * l[k] for k in range(classes)))
        total += w[labels[n]] if labels else 1
    if reduction == "none":
        return each
    return [sum(each) / (1 if reduction == "sum" else total or math.nan)]


def onnx_loss(name, op, shape, reduction, weighted, ignore, log_prob=False):
    rest = (shape[0],) + shape[2:]
    x = normal(*shape)
    if op[0] == "N":
        x = [f32(v) for v in along(shape, 1, x, log_softmax)]
    y = [rnd.randrange(shape[1]) for _ in range(size(rest))]
    if ignore is not None:
        y[1] = ignore
    w = uniform(0.3, 2, shape[1]) if weighted else None
    loss = losses(x, shape, y, None, w, ignore, 0, reduction, op[0] == "N")
    write(name, op, {"reduction": reduction, **({} if ignore is None else {"ignore_index": ignore})},
          [("x", shape, x), ("y", rest, y)] + ([("w", (shape[1],), w)] if w else []),
          [("z", rest if reduction == "none" else (), loss)] +
          ([("log_prob", shape, along(shape, 1, x, log_softmax))] if log_prob else []))


N, S = "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"
onnx_loss("nll_4d_weight_ii", N, (2, 3, 2, 2), "mean", True, 1)
onnx_loss("nll_3d_none_weight", N, (2, 4, 3), "none", True, None)
onnx_loss("nll_2d_sum_weight_high_ii", N, (4, 3), "sum", True, 10)
onnx_loss("nll_5d_none_negative_ii", N, (2, 3, 1, 2, 2), "none", False, -5)
onnx_loss("sce_3d_none_weight_ii_log", S, (3, 4, 2), "none", True, 2, True)
onnx_loss("sce_4d_sum_weight_log", S, (2, 3, 2, 2), "sum", True, None, True)
onnx_loss("sce_2d_mean_negative_ii", S, (5, 3), "mean", True, -1)


def torch_loss(name, soft, weighted, ignore, e, reduction):
    shape = (5, 4)
    x = normal(*shape)
    y = [rnd.randrange(4) for _ in range(5)]
    if ignore == "all":
        y, ignore = [3] * 5, 3
    elif ignore is not None:
        y[2] = ignore
    t = [f32(v) for v in along(shape, 1, normal(*shape), lambda z: [math.exp(v) for v in log_softmax(z)])]
    w = uniform(0.3, 2, 4) if weighted else None
    d = normal(5) if reduction == "none" else normal(1)
    f = lambda v: losses(v, shape, None if soft else y, t if soft else None, w, ignore, e, reduction)
    total = lambda v: sum(a * b for a, b in zip(f(v), d))
    attributes = {"reduction": reduction}
    if e:
        attributes["label_smoothing"] = e
    if ignore is not None:
        attributes["ignore_index"] = ignore
    ignored_all = not soft and ignore is not None and all(v == ignore for v in y)
    write(name, S, attributes,
          [("logits", shape, x), ("targets", shape, t) if soft else ("labels", (5,), y)] + ([("weights", (4,), w)] if w else []) +
          [("dloss", (5,) if reduction == "none" else (), d)],
          [("loss", (5,) if reduction == "none" else (), f(x)),
           ("dlogits", shape, [0.0] * 20 if ignored_all else gradient(total, x))])


torch_loss("sce_mean_smooth_weight_ignore", False, True, 2, 0.2, "mean")
torch_loss("sce_none_smooth", False, False, None, 0.1, "none")
torch_loss("sce_sum_smooth_ignore", False, False, 1, 0.3, "sum")
torch_loss("sce_mean_soft_weight_smooth", True, True, None, 0.15, "mean")
torch_loss("sce_none_soft", True, False, None, 0, "none")
torch_loss("sce_none_weight_ignore", False, True, 0, 0, "none")


# ------------------------------------------------------------------ batch normalization
def statistics(x, shape):
    columns = [[x[i] for line in lines(shape, 1) for i in [line[k]]] for k in range(shape[1])]
    mean = [sum(c) / len(c) for c in columns]
    return mean, [sum((v - m) ** 2 for v in c) / len(c) for c, m in zip(columns, mean)], len(columns[0])


def batchnorm(x, shape, scale, b, mean, var, epsilon):
    return along(shape, 1, x, lambda z: [(v - m) / math.sqrt(q + epsilon) * s + t for v, m, q, s, t in zip(z, mean, var, scale, b)])


def onnx_bn(name, shape, training, attributes):
    c = shape[1]
    x, scale, b, mean, var = normal(*shape), normal(c), normal(c), normal(c), uniform(0.5, 2, c)
    epsilon, momentum = f32(attributes.get("epsilon", 1e-5)), f32(attributes.get("momentum", 0.9))
    bm, bv, _ = statistics(x, shape)
    outputs = [("y", shape, batchnorm(x, shape, scale, b, bm if training else mean, bv if training else var, epsilon))]
    if training:
        outputs += [("running_mean", (c,), [momentum * r + (1 - momentum) * v for r, v in zip(mean, bm)]),
                    ("running_var", (c,), [momentum * r + (1 - momentum) * v for r, v in zip(var, bv)])]
    write(name, "BatchNormalization", {**attributes, "training_mode": training},
          [("x", shape, x), ("s", (c,), scale), ("bias", (c,), b), ("mean", (c,), mean), ("var", (c,), var)], outputs)


onnx_bn("bn_training_3d", (4, 3, 2), 1, {"momentum": 0.7, "epsilon": 0.01})
onnx_bn("bn_infer_2d", (3, 4), 0, {"epsilon": 0.1})
onnx_bn("bn_training_momentum_1", (4, 2), 1, {"momentum": 1.0})


def torch_bn(name, shape, training, update, epsilon):
    c = shape[1]
    x, scale, b, mean, var, dy = normal(*shape), normal(c), normal(c), normal(c), uniform(0.5, 2, c), normal(*shape)
    epsilon, update = f32(epsilon), f32(update)

    def y(x_, s_, b_):
        m, v, _ = statistics(x_, shape) if training else (mean, var, 0)
        return batchnorm(x_, shape, s_, b_, m, v, epsilon)

    dot = lambda v: sum(a * d for a, d in zip(v, dy))
    bm, bv, n = statistics(x, shape)
    outputs = [("Y", shape, y(x, scale, b)), ("dX", shape, gradient(lambda v: dot(y(v, scale, b)), x)),
               ("dscale", (c,), gradient(lambda v: dot(y(x, v, b)), scale)),
               ("dB", (c,), gradient(lambda v: dot(y(x, scale, v)), b))]
    if training:
        outputs += [("batch_mean", (c,), bm), ("batch_var", (c,), bv),
                    ("running_mean", (c,), [(1 - update) * r + update * v for r, v in zip(mean, bm)]),
                    ("running_var_unbiased", (c,), [(1 - update) * r + update * v * n / (n - 1) for r, v in zip(var, bv)]),
                    ("running_var_biased", (c,), [(1 - update) * r + update * v for r, v in zip(var, bv)])]
    write(name, "BatchNormalization", {"epsilon": epsilon, "update": update, "training": training},
          [("X", shape, x), ("scale", (c,), scale), ("B", (c,), b), ("mean", (c,), mean), ("var", (c,), var), ("dY", shape, dy)], outputs)


torch_bn("bn_torch_train_4d", (2, 3, 2, 2), 1, 1.0, 1e-3)
torch_bn("bn_torch_infer_4d", (2, 3, 2, 2), 0, 0.5, 0.05)

shape = (3, 4, 2)
x, rm, rb, ru = normal(*shape), [0.0, 0.0], [1.0, 1.0], [1.0, 1.0]
rows = {"running_mean": [], "running_var_biased": [], "running_var_unbiased": []}
for s in range(3):
    m, v, n = statistics(x[s * 8:s * 8 + 8], (4, 2))
    rm = [0.75 * a + 0.25 * b for a, b in zip(rm, m)]
    rb = [0.75 * a + 0.25 * b for a, b in zip(rb, v)]
    ru = [0.75 * a + 0.25 * b * n / (n - 1) for a, b in zip(ru, v)]
    for key, value in zip(rows, (rm, rb, ru)):
        rows[key] += value
write("bn_running_from_0_and_1", "BatchNormalizationRunning", {"update": 0.25}, [("X", shape, x)],
      [(k, (3, 2), v) for k, v in rows.items()])


# ------------------------------------------------------------------ optimizers
def onnx_optimizer(name, op, attributes, t, shapes):
    rate = f32(0.1)
    a = {k: f32(v) if isinstance(v, float) else v for k, v in attributes.items()}
    states = 2 if op == "Adam" else 1
    sets = [[normal(*s), normal(*s)] + [uniform(0.1, 2, *s) for _ in range(states)] for s in shapes]
    results = []
    for x, g, v, *h in sets:
        g = [a.get("norm_coefficient", 0) * p + q for p, q in zip(x, g)]
        if op == "Momentum":
            b = a["beta"] if t > 0 else 1
            v = [a["alpha"] * p + b * q for p, q in zip(v, g)]
            d = v if a["mode"] == "standard" else [p + a["alpha"] * q for p, q in zip(g, v)]
            results.append([[p - rate * q for p, q in zip(x, d)], v])
        elif op == "Adagrad":
            r = rate / (1 + t * a["decay_factor"])
            v = [p + q * q for p, q in zip(v, g)]
            results.append([[p - r * q / (math.sqrt(w) + a["epsilon"]) for p, q, w in zip(x, g, v)], v])
        else:
            v = [a["alpha"] * p + (1 - a["alpha"]) * q for p, q in zip(v, g)]
            h = [a["beta"] * p + (1 - a["beta"]) * q * q for p, q in zip(h[0], g)]
            r = rate * math.sqrt(1 - a["beta"] ** t) / (1 - a["alpha"] ** t) if t > 0 else rate
            x = [p - r * q / (math.sqrt(w) + a["epsilon"]) for p, q, w in zip(x, v, h)]
            results.append([[(1 - a.get("norm_coefficient_post", 0)) * p for p in x], v, h])
    letters = "XGVH"[:2 + states]
    many = len(shapes) > 1
    label = lambda l, k: l + (str(k + 1) if many else "")
    write(name, op, attributes,
          [("R", (), [rate]), ("T", (), [t])] +
          [(label(l, k), s, sets[k][i]) for i, l in enumerate(letters) for k, s in enumerate(shapes)],
          [(label(l, k) + "_new", s, results[k][i]) for i, l in enumerate(letters.replace("G", "")) for k, s in enumerate(shapes)])


onnx_optimizer("momentum_t_0", "Momentum", {"alpha": 0.9, "beta": 0.3, "mode": "standard", "norm_coefficient": 0.05}, 0, [(3,)])
onnx_optimizer("nesterov_two", "Momentum", {"alpha": 0.8, "beta": 0.7, "mode": "nesterov", "norm_coefficient": 0.02}, 4, [(2, 2), (3,)])
onnx_optimizer("adam_t_0", "Adam", {"alpha": 0.9, "beta": 0.99, "epsilon": 1e-6}, 0, [(3,)])
onnx_optimizer("adam_two_post", "Adam", {"alpha": 0.8, "beta": 0.9, "epsilon": 0.01, "norm_coefficient": 0.1,
                                         "norm_coefficient_post": 0.2}, 3, [(2,), (2, 2)])
onnx_optimizer("adagrad_two", "Adagrad", {"decay_factor": 0.2, "epsilon": 0.001, "norm_coefficient": 0.05}, 2, [(1,), (3,)])


def torch_optimizer(name, op, attributes, quadratic, keras=False, shape=(3,), steps=4):
    n = size(shape)
    p = {k: f32(v) if isinstance(v, float) else v for k, v in attributes.items()}
    x0, g = normal(*shape), normal(steps, *shape)
    a = [[float(i == j) * 2 + 0.5 for j in range(n)] for i in range(n)]
    b = normal(n)
    outputs = []
    for form in (0, 1) if keras else (0,):
        x, m, v, path, loss = x0, [0.0] * n, [0.0] * n, [], []
        for t in range(1, steps + 1):
            d = g[(t - 1) * n:t * n]
            if quadratic:
                ax = [sum(a[i][j] * x[j] for j in range(n)) for i in range(n)]
                d = [q - w for q, w in zip(ax, b)]
                loss.append(sum((q / 2 - w) * y for q, w, y in zip(ax, b, x)))
            d = [q + p.get("weight_decay", 0) * y for q, y in zip(d, x)]
            if op == "Sgd":
                x = [y - p["lr"] * q for y, q in zip(x, d)]
            elif op == "Momentum":
                m = [p["momentum"] * w + q for w, q in zip(m, d)]
                x = [y - p["lr"] * (q + p["momentum"] * w if p.get("nesterov") else w) for y, q, w in zip(x, d, m)]
            else:
                m = [p["beta1"] * w + (1 - p["beta1"]) * q for w, q in zip(m, d)]
                v = [p["beta2"] * w + (1 - p["beta2"]) * q * q for w, q in zip(v, d)]
                c1, c2 = 1 - p["beta1"] ** t, 1 - p["beta2"] ** t
                if form == 0:
                    x = [y - p["lr"] / c1 * w / (math.sqrt(u / c2) + p["epsilon"]) for y, w, u in zip(x, m, v)]
                else:
                    x = [y - p["lr"] * math.sqrt(c2) / c1 * w / (math.sqrt(u) + p["epsilon"]) for y, w, u in zip(x, m, v)]
            path += x
        outputs.append(("X_steps_keras" if form else "X_steps", (steps,) + shape, path))
        if form == 0:
            outputs += [("loss", (steps,), loss)] if quadratic else []
            outputs += [("buffer", shape, m)] if op == "Momentum" else [("m", shape, m), ("v", shape, v)] if op == "Adam" else []
    given = [("A", (n, n), sum(a, [])), ("b", (n,), b)] if quadratic else [("G", (steps,) + shape, g)]
    write(name, op, {**attributes, **({"problem": "quadratic"} if quadratic else {})}, [("X", shape, x0)] + given, outputs)


torch_optimizer("sgd_matrix", "Sgd", {"lr": 0.2, "weight_decay": 0.3}, False, shape=(2, 3))
torch_optimizer("nesterov_decay", "Momentum", {"lr": 0.1, "momentum": 0.6, "nesterov": 1, "weight_decay": 0.1}, True)
torch_optimizer("momentum_0", "Momentum", {"lr": 0.1, "momentum": 0.0}, False)
torch_optimizer("adam_decay_quadratic", "Adam", {"lr": 0.05, "beta1": 0.7, "beta2": 0.9, "epsilon": 0.01, "weight_decay": 0.2}, True, True)
torch_optimizer("adam_beta1_0", "Adam", {"lr": 0.05, "beta1": 0.0, "beta2": 0.9, "epsilon": 0.001}, False, True)


# ------------------------------------------------------------------ networks
def network(name, widths, f, attributes, norm="none", prelu=None, steps=3, batch=5):
    """One list of all parameters; the gradient of the mean cross-entropy by central differences."""
    p = {k: f32(v) if isinstance(v, float) else v for k, v in attributes.items()}
    layers = len(widths) - 1
    names, shapes, values = [], [], []

    def add(label, shape, content):
        names.append(label)
        shapes.append(shape)
        values.extend(content)

    for k in range(1, layers + 1):
        add(f"W{k}", (widths[k - 1], widths[k]), normal(widths[k - 1], widths[k]))
        add(f"b{k}", (widths[k],), normal(widths[k]))
        if k < layers and norm != "none":
            add(f"scale{k}", (widths[k],), uniform(0.5, 1.5, widths[k]))
            add(f"B{k}", (widths[k],), normal(widths[k]))
        if k < layers and prelu:
            shape = (1,) if prelu == "shared" else (widths[k],)
            add(f"slope{k}", shape, uniform(0.1, 0.4, *shape))
    x = normal(batch, widths[0])
    labels = [rnd.randrange(widths[-1]) for _ in range(batch)]
    start = list(values)

    def parts(v):
        out, at = {}, 0
        for label, shape in zip(names, shapes):
            out[label] = v[at:at + size(shape)]
            at += size(shape)
        return out

    def logits(v, seen=None, running=None):
        q, z, width = parts(v), x, widths[0]
        for k in range(1, layers + 1):
            w, b, n = q[f"W{k}"], q[f"b{k}"], widths[k]
            z = [sum(z[i * width + j] * w[j * n + o] for j in range(width)) + b[o] for i in range(batch) for o in range(n)]
            width = n
            if k == layers:
                return z
            for part in {"before": "na", "after": "an", "none": "a"}[norm]:
                if part == "a":
                    s = q.get(f"slope{k}")
                    g = (lambda u, o: u if u > 0 else s[o % len(s)] * u) if s else (lambda u, o: f(u))
                    z = [g(u, o % n) for o, u in enumerate(z)]
                else:
                    m, var, _ = statistics(z, (batch, n))
                    if seen is not None:
                        seen[k] = (m, var)
                    if running:
                        m, var = running[k]
                    z = batchnorm(z, (batch, n), q[f"scale{k}"], q[f"B{k}"], m, var, p["epsilon_bn"])

    loss = lambda v: losses(logits(v), (batch, widths[-1]), labels)[0]
    curve, first, dfirst, after = [], logits(values), None, []
    state = [0.0] * len(values)
    square = [0.0] * len(values)
    running = {kind: {k: ([0.0] * widths[k], [1.0] * widths[k]) for k in range(1, layers)} for kind in ("biased", "unbiased")}
    for t in range(1, steps + 1):
        seen = {}
        curve.append(loss(values))
        logits(values, seen)
        d = gradient(loss, values)
        dfirst = dfirst or d
        d = [g + p.get("weight_decay", 0) * v for g, v in zip(d, values)]
        if attributes["optimizer"] == "Adam":
            state = [p["beta1"] * m + (1 - p["beta1"]) * g for m, g in zip(state, d)]
            square = [p["beta2"] * m + (1 - p["beta2"]) * g * g for m, g in zip(square, d)]
            d = [m / (1 - p["beta1"] ** t) / (math.sqrt(s / (1 - p["beta2"] ** t)) + p["epsilon"]) for m, s in zip(state, square)]
        elif attributes["optimizer"] == "Momentum":
            state = [p["momentum"] * m + g for m, g in zip(state, d)]
            d = [g + p["momentum"] * m for m, g in zip(state, d)] if p.get("nesterov") else state
        values = [v - p["lr"] * g for v, g in zip(values, d)]
        for kind in running if norm != "none" else ():
            c = batch / (batch - 1) if kind == "unbiased" else 1
            u = p["update"]
            for k, (m, var) in seen.items():
                rm, rv = running[kind][k]
                running[kind][k] = ([(1 - u) * a + u * b for a, b in zip(rm, m)], [(1 - u) * a + u * b * c for a, b in zip(rv, var)])
        if t in (2, steps):
            after += [(f"{label}_after{t}", s, parts(values)[label]) for label, s in zip(names, shapes)]
            for k in range(1, layers) if norm != "none" else ():
                after.append((f"running_mean{k}_after{t}", (widths[k],), running["biased"][k][0]))
                after += [(f"running_var_{kind}{k}_after{t}", (widths[k],), running[kind][k][1]) for kind in running]
    classes = (batch, widths[-1])
    if norm == "none":
        after.append((f"logits_after{steps}", classes, logits(values)))
    else:
        after += [(f"logits_infer_{kind}_after{steps}", classes, logits(values, None, running[kind])) for kind in running]
    write(name, "Network", {"layers": layers, "batchnorm": norm, "steps": steps, **attributes},
          [("X", (batch, widths[0]), x), ("labels", (batch,), labels)] + [(l, s, parts(start)[l]) for l, s in zip(names, shapes)],
          [("loss", (steps,), curve), ("logits", classes, first)] + [("d" + l, s, parts(dfirst)[l]) for l, s in zip(names, shapes)] + after,
          "1e-04 1e-05")


SGD = {"optimizer": "Sgd", "lr": 0.1}
BN = {"epsilon_bn": 0.01, "update": 0.2}
network("net_one_layer", (3, 2), None, {**SGD, "weight_decay": 0.1})
network("net_hard_sigmoid", (3, 4, 2), lambda u: min(1, max(0, f32(0.3) * u + f32(0.4))),
        {"activation": "HardSigmoid", "alpha": 0.3, "beta": 0.4, **SGD})
network("net_prelu_shared", (3, 4, 2), None, {"activation": "PRelu", **SGD}, prelu="shared")
network("net_prelu_after", (3, 4, 3, 2), None, {"activation": "PRelu", **SGD, **BN}, norm="after", prelu="own")
network("net_swish_nesterov", (3, 4, 2), lambda u: u * sigmoid(u),
        {"activation": "Swish", "optimizer": "Momentum", "lr": 0.1, "momentum": 0.8, "nesterov": 1, "weight_decay": 0.05})
network("net_celu_bn_adam", (3, 4, 2), lambda u: max(0, u) + min(0, f32(0.5) * (math.exp(u / f32(0.5)) - 1)),
        {"activation": "Celu", "alpha": 0.5, "optimizer": "Adam", "lr": 0.01, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.01, **BN}, norm="before")
network("net_gelu_tanh", (3, 4, 2), lambda u: 0.5 * u * (1 + math.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u ** 3))),
        {"activation": "Gelu", "approximate": "tanh", **SGD})
network("net_leaky", (3, 4, 2), lambda u: u if u > 0 else f32(0.3) * u, {"activation": "LeakyRelu", "alpha": 0.3, **SGD})


# ------------------------------------------------------------------ layer and RMS normalization
def row_norm(name, op, shape, axis, epsilon, bias=True, torch=False):
    cut = axis % len(shape)
    rows, inner = size(shape[:cut]), shape[cut:]
    n = size(inner)
    x, scale, b, dy = normal(*shape), normal(*inner), normal(*inner), normal(*shape)
    e = f32(epsilon)
    b = b if bias else [0.0] * n

    def moments(v):
        mean = sum(v) / n if op[0] == "L" else 0.0
        return mean, 1 / math.sqrt(sum((u - mean) ** 2 for u in v) / n + e)

    def y(x_, s_, b_):
        out = []
        for r in range(rows):
            m, i = moments(x_[r * n:r * n + n])
            out += [(u - m) * i * s + t for u, s, t in zip(x_[r * n:r * n + n], s_, b_)]
        return out

    dot = lambda v: sum(p * q for p, q in zip(v, dy))
    inputs = [("X", shape, x), ("scale" if torch else "W", inner, scale)] + ([("B", inner, b)] if bias else [])
    outputs = [("Y", shape, y(x, scale, b))]
    if torch:
        inputs.append(("dY", shape, dy))
        outputs += [("dX", shape, gradient(lambda v: dot(y(v, scale, b)), x)), ("dscale", inner, gradient(lambda v: dot(y(x, v, b)), scale))]
        outputs += [("dB", inner, gradient(lambda v: dot(y(x, scale, v)), b))] if bias else []
    elif op[0] == "L":
        all_ = [moments(x[r * n:r * n + n]) for r in range(rows)]
        ones = shape[:cut] + (1,) * len(inner)
        outputs += [("Mean", ones, [m for m, _ in all_]), ("InvStdDev", ones, [i for _, i in all_])]
    write(name, op, {"axis": axis, "epsilon": epsilon}, inputs, outputs)


L, R = "LayerNormalization", "RMSNormalization"
row_norm("ln_3d_axis_1_without_bias", L, (2, 3, 2), 1, 0.01, bias=False)
row_norm("ln_axis_0", L, (2, 3), 0, 1e-5)
row_norm("ln_torch_3d", L, (2, 2, 4), -1, 0.1, torch=True)
row_norm("ln_torch_without_bias", L, (3, 4), -1, 1e-3, bias=False, torch=True)
row_norm("rms_4d_axis_2", R, (2, 2, 3, 2), 2, 0.05, bias=False)
row_norm("rms_axis_minus_2", R, (2, 3, 2), -2, 1e-5, bias=False)
row_norm("rms_torch_3d_axis_1", R, (2, 3, 2), 1, 1e-3, bias=False, torch=True)
