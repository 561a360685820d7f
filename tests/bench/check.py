"""`check` of 1,000 manifests, without asking registries: the whole process, against just parsing them.

The rival does the least that any reader of them must: PyYAML's C loader over the same text. The two are
run in turn, so that what else the machine does falls on both alike.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

TURNS = 5
MANIFESTS = 1000
AIM = 3.0
"""Seconds."""

PROGRAM = str(Path(sys.executable).parent / "pullsecret")
PARSE = "import sys, yaml; list(yaml.load_all(open(sys.argv[1], 'rb'), Loader=yaml.CSafeLoader))"

SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: harbor, namespace: team-%d}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths":{"harbor.example.com":{"username":"robot","password":"made-up"}}}'
"""
DEPLOYMENT = """\
# Source: shop/templates/web-%(number)d.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-%(number)d
  namespace: team-%(team)d
  labels: {app.kubernetes.io/name: web, app.kubernetes.io/instance: "web-%(number)d"}
spec:
  replicas: 3
  selector:
    matchLabels: {app: web-%(number)d}
  template:
    metadata:
      labels: {app: web-%(number)d}
    spec:
      imagePullSecrets:
        - name: harbor
      initContainers:
        - name: setup
          image: harbor.example.com/team/setup:%(number)d
      containers:
        - name: app
          image: harbor.example.com/team/app:%(number)d
          ports:
            - containerPort: 8080
              name: http
          env:
            - name: CONFIG
              valueFrom:
                configMapKeyRef: {name: config, key: app}
          resources:
            limits: {cpu: 500m, memory: 256Mi}
            requests: {cpu: 100m, memory: 128Mi}
          livenessProbe:
            httpGet: {path: /healthz, port: http}
        - name: proxy
          image: other.example.com/proxy
"""


def run() -> Iterator[str]:
    """Give a line for each: median seconds, the ratio to the rival, and whether the aim is kept."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "all.yaml")
        teams = [SECRET % team for team in range(20)]
        rest = [DEPLOYMENT % {"number": number, "team": number % 20} for number in range(MANIFESTS - 20)]
        path.write_text("---\n".join(teams + rest))
        commands = {
            "parsing alone": [sys.executable, "-c", PARSE, str(path)],
            "check --offline": [PROGRAM, "check", "--offline", "-f", str(path)],
            "check -o json": [PROGRAM, "check", "--offline", "-o", "json", "-f", str(path)],
        }
        taken = _in_turns(commands)
    base = taken["parsing alone"]
    for name, seconds in taken.items():
        aim = "" if name == "parsing alone" else f"   aim {AIM:g} s: {'kept' if seconds <= AIM else 'missed'}"
        yield f"{name:<16} {seconds:5.2f} s   {seconds / base:4.1f} x{aim}"


def _in_turns(commands: dict[str, list[str]]) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, argv in commands.items():
            began = time.perf_counter()
            subprocess.run(argv, capture_output=True, check=True, timeout=120, env=dict(os.environ))
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}
