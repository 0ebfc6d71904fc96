"""Freezes a replay at a checkpoint: `python -m tests.golden.freeze_replay`.

For the present format a folder is written once and kept for ever: two inputs and a leader, the
output as it was at the checkpoint, the checkpoint, and the hash of the whole output. Rows are held
back for their order, sides are inferred, rows are late and rejected, so that every part of the
description is in use.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import tickeng
from tests.golden.lcg import golden_stream
from tickeng.checkpoint.layout import FORMAT

HERE = Path(__file__).parent / "checkpoint"
NAME = "replay"
ROWS, CUT = 1_500, 900
CONFIG = {"k1.window": 64, "k2.window": 64, "k3.mean_window": 32, "k3.window": 64,
          "k4.norm_window": 128, "k4.mean_window": 32, "k4.window": 64, "regime.step": 200,
          "dedupe": "id"}


def write_inputs(folder: Path) -> None:
    """Trades of two symbols without sides, and the leader's."""
    s = golden_stream().head(ROWS)
    trades, leads = ["ts,price,qty,symbol,id"], ["ts,price,qty,side"]
    columns = (s.ts_ns.tolist(), s.price.tolist(), s.qty.tolist(), s.leader.tolist())
    for k, (ts_ns, price, qty, leader) in enumerate(zip(*columns, strict=True)):
        ts_ns -= 30_000_000 if k % 40 == 7 else 0
        price = "" if k % 301 == 5 else repr(price)
        trades.append(f"{ts_ns},{price},{qty!r},{'AB'[k % 3 == 2]},{k - (k % 97 == 96)}")
        leads.append(f"{s.ts_ns[k] - 1_000_000},{leader!r},1,buy")
    half = len(trades) // 2
    (folder / "monday.csv").write_text("\n".join(trades[:half]) + "\n")
    (folder / "tuesday.csv").write_text("\n".join([trades[0], *trades[half:]]) + "\n")
    (folder / "leader.csv").write_text("\n".join(leads) + "\n")


def run(folder: Path, out: str, rejects: str = "rejects.csv", **options) -> dict:
    """The replay of the folder's inputs."""
    return tickeng.replay([folder / "monday.csv", folder / "tuesday.csv"], folder / out,
                          config=CONFIG, leaders=folder / "leader.csv", infer_side="tick",
                          reorder_ms=20.0, rejects=folder / rejects, **options)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    target = HERE / f"v{FORMAT}" / NAME
    if target.exists():
        print(f"{target.relative_to(HERE)} is there, and it is kept")
        return 1
    folder = Path("/tmp/tickeng-golden")  # this name goes into the checkpoint
    folder.mkdir()
    try:
        write_inputs(folder)
        run(folder, "whole.csv")
        whole = {"whole.csv": digest(folder / "whole.csv")}
        for file in (*folder.glob("whole.csv*"), folder / "rejects.csv"):
            file.unlink()
        run(folder, "out.csv", checkpoint=folder / "replay.ckpt", limit=CUT)
        (folder / "expected.json").write_text(json.dumps(whole, indent=1) + "\n")
        (folder / "out.csv.manifest.json").unlink()
        shutil.copytree(folder, target)
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
