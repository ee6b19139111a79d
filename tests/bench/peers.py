# make bench PEERS=1: whole epochs of the book's networks, ours and PyTorch's in turn, each with one thread and with all of them.
# The best of the rounds counts, for either side; both must have learned to about the same accuracy.
#   peers.py LAB [ROUNDS]
import gzip
import json
import os
import subprocess
import sys
import time

import numpy
import torch
from torch import nn

LAB, ROUNDS = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
FOLDER = "/usr/share/datasets/fashion-mnist"
TRAINED = 55000


def idx(name):
    with gzip.open(os.path.join(FOLDER, name)) as f:
        raw = f.read()
    dims = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return numpy.frombuffer(raw, numpy.uint8, offset=4 + 4 * len(dims)).reshape(dims)


def load():
    x = torch.tensor(idx("train-images-idx3-ubyte.gz").reshape(-1, 784).astype(numpy.float32))
    y = torch.tensor(idx("train-labels-idx1-ubyte.gz").astype(numpy.int64))
    x = (x - x[:TRAINED].mean()) / x[:TRAINED].std()
    return x, y


def build(spec):
    layers, width = [], 784
    for word in spec.split():
        name, *arguments = word.split(":")
        if name == "dense":
            units = int(arguments[0])
            linear = nn.Linear(width, units, bias="nobias" not in arguments)
            if "he_normal" in arguments:
                nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            elif "lecun_normal" in arguments:
                nn.init.normal_(linear.weight, std=width ** -0.5)
            else:
                nn.init.xavier_uniform_(linear.weight)
            if linear.bias is not None:
                nn.init.zeros_(linear.bias)
            layers.append(linear)
            width = units
        else:
            layers.append({"relu": nn.ReLU, "selu": nn.SELU, "sigmoid": nn.Sigmoid, "batchnorm": lambda: nn.BatchNorm1d(width)}[name]())
    return nn.Sequential(*layers)


def rate(spec):  # a stack of twenty SELU layers wants small steps
    return 0.01 if "selu" in spec else 0.05


def theirs(spec, batch, threads, x, y):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    net, loss = build(spec), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=rate(spec))
    began = time.perf_counter()
    order = torch.randperm(TRAINED)
    for first in range(0, TRAINED, batch):
        rows = order[first:first + batch]
        optimizer.zero_grad()
        loss(net(x[rows]), y[rows]).backward()
        optimizer.step()
    seconds = time.perf_counter() - began
    net.eval()
    with torch.no_grad():
        right = (net(x[TRAINED:]).argmax(1) == y[TRAINED:]).float().mean().item()
    return seconds, right


def ours(spec, batch, threads):
    out = subprocess.run([LAB, "train", "--net", spec, "--batch", str(batch), "--epochs", "1", "--lr", str(rate(spec)), "--threads", str(threads),
                          "--json"], capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        event = json.loads(line)
        if "samples_per_second" in event:
            return TRAINED / event["samples_per_second"], event["val_accuracy"]
    raise SystemExit("lab train printed no epoch")


def flops(spec):
    width, total = 784, 0
    for word in spec.split():
        if word.startswith("dense"):
            units = int(word.split(":")[1])
            total += (6 if total else 4) * width * units
            width = units
    return total * TRAINED


def peak(threads):
    out = subprocess.run([LAB, "bench", "--net", "dense:10", "--threads", str(threads), "--json"], capture_output=True, text=True, check=True)
    return [json.loads(line)["gflop_per_second"] for line in out.stdout.splitlines() if '"limits"' in line][-1]


MLP = "dense:300:he_normal relu dense:100:he_normal relu dense:10"
BN = "dense:300:he_normal:nobias batchnorm relu dense:100:he_normal:nobias batchnorm relu dense:10"
SELU = " ".join(["dense:100:lecun_normal selu"] * 20 + ["dense:10"])
SIGMOID = " ".join(["dense:100 sigmoid"] * 3 + ["dense:10"])
SIGMOID_BN = " ".join(["dense:100:nobias batchnorm sigmoid"] * 3 + ["dense:10"])
LINES = [("784-300-100-10 ReLU", MLP, b) for b in (32, 128, 512)] + [("the same, batch normalization", BN, b) for b in (32, 128, 512)] + \
        [("20x100 SELU", SELU, b) for b in (32, 128)] + [("3x100 sigmoid", SIGMOID, 60), ("the same, batch normalization", SIGMOID_BN, 60)]


def main():
    x, y = load()
    cores = os.cpu_count()
    top = peak(cores)
    print(f"{cores} cores, multiply-add peak {top:.0f} GFLOP/s; PyTorch {torch.__version__}; best of {ROUNDS} rounds, in seconds an epoch")
    print(f"{'network':<32} {'batch':>5} {'ours':>7} {'PyTorch':>8} {'ratio':>6} {'of peak':>8}   accuracy, ours and theirs")
    failed = False
    for name, spec, batch in LINES:
        best = {}
        for _ in range(ROUNDS):
            for threads in sorted({1, cores}):
                for side, run in (("ours", lambda: ours(spec, batch, threads)), ("theirs", lambda: theirs(spec, batch, threads, x, y))):
                    seconds, right = run()
                    if side not in best or seconds < best[side][0]:
                        best[side] = seconds, right
        (a, right_a), (b, right_b) = best["ours"], best["theirs"]
        off = abs(right_a - right_b) > 0.08
        failed |= off
        print(f"{name:<32} {batch:>5} {a:>7.3f} {b:>8.3f} {b / a:>6.2f} {100 * flops(spec) / a / 1e9 / top:>6.0f} %   "
              f"{100 * right_a:.1f} % {100 * right_b:.1f} %{'  differ' if off else ''}", flush=True)
    return failed


sys.exit(main())
