"""What the shipped formulas would have been worth on a log, without looking ahead. See docs of `patron backtest`."""
