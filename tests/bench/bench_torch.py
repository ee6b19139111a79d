# The training steps of `lab bench` in PyTorch: forward, cross-entropy, backward, SGD. Prints: net, batch, microseconds.
import time
import torch
from torch import nn

torch.set_num_threads(1)


def build(spec):
    layers, width = [], 784
    for word in spec.split():
        name, *arguments = word.split(":")
        if name == "dense":
            units = int(arguments[0])
            layers.append(nn.Linear(width, units, bias="nobias" not in arguments))
            width = units
        else:
            layers.append({"relu": nn.ReLU, "selu": nn.SELU, "batchnorm": lambda: nn.BatchNorm1d(width)}[name]())
    return nn.Sequential(*layers)


def microseconds(spec, batch):
    torch.manual_seed(1)
    net, loss = build(spec), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-6)
    x, labels = torch.randn(batch, 784), torch.arange(batch) % 10
    least, end = float("inf"), time.perf_counter() + 1
    while time.perf_counter() < end:
        began = time.perf_counter()
        optimizer.zero_grad()
        loss(net(x), labels).backward()
        optimizer.step()
        least = min(least, time.perf_counter() - began)
    return 1e6 * least


NETS = ["dense:300 relu dense:100 relu dense:10",
        "dense:300:nobias batchnorm relu dense:100:nobias batchnorm relu dense:10"]
DEEP = " ".join(["dense:100 selu"] * 20 + ["dense:10"])
for net in NETS + [DEEP]:
    for batch in (32, 128):
        print(net, batch, round(microseconds(net, batch), 1), sep="\t")
