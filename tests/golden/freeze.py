"""Freezes the outputs over the bundled tapes: `python -m tests.golden.freeze [--accept]`.

Prints what differs from frozen.json and writes nothing; `--accept` writes. Frozen are one hash a
tape for batch and streaming (tests/bits/tapes.py), SHA-256 of what replay writes as CSV (the file)
and as Parquet (names, types and values: the file's bytes are pyarrow's affair), a few rows for
people, and a checkpoint. Checkpoint files are kept for ever: each set of state versions has its
own, and of the present set only is a new one written.
"""

import argparse
import hashlib
import json
import math
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tests.bits.tapes import EXAMPLES, TAPES, Tape, rows_hash, tape
from tickeng import Config, Engine, __version__, catalogue
from tickeng.checkpoint.layout import FORMAT
from tickeng.replay import Options, replay

HERE = Path(__file__).parent
FROZEN = HERE / "frozen.json"
CHECKPOINTS = HERE / f"checkpoint/v{FORMAT}"
ROWS = (0, 1_086, 5_000, 11_277, 11_900)
# Short windows: all of them are full at row CUT, and the file stays small.
SHORT = {"k1.window": 128, "k2.window": 128, "k3.mean_window": 128, "k3.window": 500,
         "k4.norm_window": 500, "k4.mean_window": 64, "k4.window": 128, "regime.step": 500}
CUT, END = 3_001, 6_000

Json = dict[str, Any]


def stream_columns(tape: Tape) -> list[np.ndarray]:
    """The outputs of on_tick, trade by trade, the leader queued before."""
    engine = Engine()
    engine.run(*(c[:0] for c in tape.columns), leader=tape.leader)
    rows = zip(*(c.tolist() for c in tape.columns), strict=True)
    decisions = [engine.on_tick(*row) for row in rows]
    return [np.array([getattr(d, name) for d in decisions]) for name in engine.outputs.names]


def parquet_hash(path: Path) -> str:
    """SHA-256 over names, types and values."""
    digest = hashlib.sha256()
    table = pq.read_table(path)
    for name, column in zip(table.column_names, table.columns, strict=True):
        values = column.to_numpy()
        digest.update(f"{name} {column.type}\n".encode())
        digest.update("\n".join(values).encode() if values.dtype == object else values.tobytes())
    return digest.hexdigest()


def replayed(name: str) -> Json:
    """What replay writes for a tape of examples/."""
    trades, leader = TAPES[name]
    if trades is None:
        return {}
    with tempfile.TemporaryDirectory(prefix="tickeng-golden-") as folder:
        csv, parquet = Path(folder, "out.csv"), Path(folder, "out.parquet")
        for out in (csv, parquet):
            replay(Options([str(EXAMPLES / trades)], Config(), str(out),
                           leaders={"leader": str(EXAMPLES / leader)} if leader else {}))
        return {"csv": hashlib.sha256(csv.read_bytes()).hexdigest(),
                "parquet": parquet_hash(parquet)}


def observe(name: str) -> Json:
    """Everything that is frozen of one tape."""
    source, engine = tape(name), Engine()
    frame = engine.run(*source.columns, leader=source.leader)
    columns = {output: frame[output] for output in engine.outputs.names}
    samples = {str(row): {output: None if math.isnan(column[row]) else column[row].item()
                          for output, column in columns.items()} for row in ROWS}
    return {"trades": len(source.ts_ns), "batch": rows_hash(list(columns.values())),
            "stream": rows_hash(stream_columns(source)), **replayed(name), "rows": samples}


def leader_until(source: Tape, row: int) -> tuple[np.ndarray, np.ndarray]:
    return source.leader[0][:row], source.leader[1][:row]


def primed() -> Engine:
    """The engine that is frozen as a checkpoint: short windows, CUT trades of the golden stream."""
    source = tape("golden_stream")
    engine = Engine(SHORT)
    engine.run(*(c[:CUT] for c in source.columns), leader=leader_until(source, CUT))
    return engine


def continued(engine: Engine) -> str:
    """The hash of the trades CUT..END, fed to an engine that stands at CUT."""
    source = tape("golden_stream")
    later = (source.leader[0][CUT:END], source.leader[1][CUT:END])
    frame = engine.run(*(c[CUT:END] for c in source.columns), leader=later)
    return rows_hash([frame[name] for name in engine.outputs.names])


def checkpoint_name() -> str:
    """Of the format of the engine's state and of its kernels' state versions."""
    used, state = Config().selected_kernels(), primed().state()
    settings = int.from_bytes(state[8:12], "little")
    told = {"format": int.from_bytes(state[12 + settings:16 + settings], "little"),
            **{k["name"]: k["state_version"] for k in catalogue() if k["name"] in used}}
    digest = zlib.crc32(json.dumps(told, sort_keys=True).encode())
    return f"{__version__}-{digest:08x}.ckpt"


def observe_all(known: Json) -> Json:
    """What would be frozen now; checkpoints of other state versions stay as `known` has them."""
    engine = primed()
    checkpoint = {"state": hashlib.sha256(engine.state()).hexdigest(), "rows": continued(engine)}
    return {"tapes": {name: observe(name) for name in TAPES},
            "checkpoints": {**known.get("checkpoints", {}), checkpoint_name(): checkpoint}}


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """One line for each value that was added, removed or changed."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [line for key in keys
                for line in differences(before.get(key), after.get(key), f"{path}/{key}")]
    return [] if before == after else [f"{path}: {before} -> {after}"]


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accept", action="store_true", help="write what differs")
    given = parser.parse_args(words)
    frozen = json.loads(FROZEN.read_text()) if FROZEN.exists() else {}
    seen = observe_all(frozen)
    changed = differences(frozen, seen)
    print("\n".join(changed) or "nothing differs")
    if not changed:
        return 0
    if not given.accept:
        print("not written: --accept freezes these")
        return 1
    name = checkpoint_name()
    if frozen.get("checkpoints", {}).get(name) != seen["checkpoints"][name]:
        CHECKPOINTS.mkdir(parents=True, exist_ok=True)
        (CHECKPOINTS / f"{name}.1").unlink(missing_ok=True)
        (CHECKPOINTS / name).unlink(missing_ok=True)
        primed().save(CHECKPOINTS / name)
    FROZEN.write_text(json.dumps(seen, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
