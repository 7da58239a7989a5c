"""A process that draws: started by `reports.printing.press`, ended by the end of its input.

Orders come in and sheets go out as pickles, through pipes that no other program holds.
"""

from __future__ import annotations

import os
import pickle
import sys

from reports.printing.orders import draw


def main() -> None:
    """Draw until there are no more orders."""
    answers = os.fdopen(os.dup(1), "wb")
    # A library that prints must not be taken for an answer.
    os.dup2(2, 1)
    while True:
        try:
            order = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the program itself
        except EOFError:
            return
        pickle.dump(draw(order), answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    main()
