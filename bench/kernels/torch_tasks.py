"""The bench's tasks in PyTorch: python torch_tasks.py THREADS TASK... prints one JSON line a task."""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)


def training(parameters, optimizer, loss):
    parameters = list(parameters)
    optimizer = optimizer(parameters)

    def step():
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        return value.item()

    return step


def adam(parameters):
    return torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0)


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.01)


def autoencoder():
    sizes = [2000, 512, 128, 512, 2000]
    layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
    x = torch.randn(128, 2000)
    mask = (torch.rand(128, 2000) < 0.15).float()

    def loss():
        h = x * (1 - mask)
        for i, layer in enumerate(layers):
            h = layer(h)
            if i < 3:
                h = F.relu(h)
        return (mask * (h - x) ** 2).sum() / mask.sum()

    return training(layers.parameters(), adam, loss)


def convNet():
    channels = [3, 32, 32, 64, 64]
    layers = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(channels, channels[1:]))
    head = nn.Linear(4096, 10)
    x, y = torch.randn(64, 3, 32, 32), torch.randint(0, 10, (64,))

    def loss():
        h = x
        for i, layer in enumerate(layers):
            h = F.relu(layer(h))
            if i % 2:
                h = F.max_pool2d(h, 2)
        return F.cross_entropy(head(h.flatten(1)), y)

    return training([*layers.parameters(), *head.parameters()], sgd, loss)


def transformerBlock():
    width, heads, length, batch, hidden = 256, 4, 64, 16, 1024
    q, k, v, o = (nn.Linear(width, width) for _ in range(4))
    up, down = nn.Linear(width, hidden), nn.Linear(hidden, width)
    first, second = nn.LayerNorm(width), nn.LayerNorm(width)
    x, y = torch.randn(batch, length, width), torch.randn(batch, length, width)
    modules = nn.ModuleList([q, k, v, o, up, down, first, second])

    def split(h):
        return h.view(batch, length, heads, width // heads).transpose(1, 2)

    def loss():
        h = first(x)
        scores = torch.softmax(split(q(h)) @ split(k(h)).mT / (width / heads) ** 0.5, -1)
        r = x + o((scores @ split(v(h))).transpose(1, 2).reshape(batch, length, width))
        return ((r + down(F.gelu(up(second(r)))) - y) ** 2).mean()

    return training(modules.parameters(), adam, loss)


def depthwiseBlock():
    batch, side, width, wide = 8, 28, 40, 240
    block = nn.Sequential(
        nn.Conv2d(width, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
        nn.Conv2d(wide, wide, 5, padding=2, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
        nn.Conv2d(wide, width, 1, bias=False), nn.BatchNorm2d(width),
    )
    x, y = torch.randn(batch, width, side, side), torch.randn(batch, width, side, side)
    return training(block.parameters(), sgd, lambda: ((x + block(x) - y) ** 2).mean())


class Bottleneck(nn.Module):
    def __init__(self, inside, width, stride, shortcut, norm):
        super().__init__()

        def layer(a, b, kernel, step=1):
            return nn.Sequential(nn.Conv2d(a, b, kernel, step, kernel // 2, bias=not norm),
                                 nn.BatchNorm2d(b) if norm else nn.Identity())

        self.a, self.b, self.c = layer(inside, width, 1), layer(width, width, 3, stride), layer(width, 4 * width, 1)
        self.shortcut = layer(inside, 4 * width, 1, stride) if shortcut else nn.Identity()

    def forward(self, x):
        return F.relu(self.shortcut(x) + self.c(F.relu(self.b(F.relu(self.a(x))))))


def resnet50(side, batch, train):
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=not train), nn.BatchNorm2d(64) if train else nn.Identity(), nn.ReLU(),
              nn.MaxPool2d(3, 2, 1)]
    inside = 64
    for width, count, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for i in range(count):
            layers.append(Bottleneck(inside, width, stride if i == 0 else 1, i == 0, train))
            inside = 4 * width
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))
    x, y = torch.randn(batch, 3, side, side), torch.randint(0, 1000, (batch,))
    if train:
        return training(model.parameters(), sgd, lambda: F.cross_entropy(model(x), y))

    def step():
        with torch.inference_mode():
            return model(x)[0, 0].item()

    return step


def adam1M():
    variables = [torch.randn(50, 1000, requires_grad=True) for _ in range(20)]
    for variable in variables:
        variable.grad = torch.randn(50, 1000)
    optimizer = adam(variables)

    def step():
        optimizer.step()
        return variables[-1][0, 0].item()

    return step


def matMul1024():
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    return lambda: (a @ b)[0, 0].item()


TASKS = {
    "autoencoder": autoencoder, "convNet": convNet, "transformerBlock": transformerBlock,
    "depthwiseBlock": depthwiseBlock, "adam1M": adam1M, "matMul1024": matMul1024,
    "resnet50Forward224": lambda: resnet50(224, 1, False), "resnet50Step96": lambda: resnet50(96, 4, True),
    "resnet50Step224": lambda: resnet50(224, 1, True),
}

for name in sys.argv[2:]:
    step = TASKS[name]()
    for _ in range(4):
        step()
    times, start, cpu = [], time.perf_counter(), time.process_time()
    while len(times) < 5 or (time.perf_counter() - start < 3 and len(times) < 100):
        before = time.perf_counter()
        step()
        times.append((time.perf_counter() - before) * 1e3)
    cpu = (time.process_time() - cpu) * 1e3 / len(times)
    times.sort()
    print(json.dumps({"name": name, "median": times[len(times) // 2], "best": times[0], "cpu": cpu}), flush=True)
