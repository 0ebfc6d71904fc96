"""Research on a DataFrame: run a day of trades, join the columns, ask a question.

Run from anywhere: python examples/batch_research.py (needs pandas)
"""

from pathlib import Path

import pandas as pd

from tickeng import Engine

HERE = Path(__file__).parent


def main() -> None:
    trades = pd.read_csv(HERE / "ltcusdt_20250621.csv.gz")
    frame = Engine(eps="relative").run(trades)  # columns are found by their usual names
    table = frame.join(trades)
    table["next_move"] = table.price.shift(-20) / table.price - 1
    warm = table[table.ready == 1]
    by_gate = warm.groupby("gate").next_move.agg(["count", "std"])
    print(by_gate.to_string(float_format=lambda x: f"{x:.3e}"))
    print(f"correlation of signal with the next 20 trades: "
          f"{warm.signal.corr(warm.next_move):+.4f}")


if __name__ == "__main__":
    main()
