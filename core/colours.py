"""Colours of the classes and of series, the same in figures and on paper."""

POSITIVE, NEGATIVE, NEUTRAL = "#D55E00", "#0072B2", "#7A7A7A"  # Okabe and Ito: told apart by the colour-blind
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7A7A7A", "#000000")
