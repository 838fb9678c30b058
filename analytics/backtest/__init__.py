"""Backtests of the shipped formulas on a log, without looking ahead. See `patron analyze backtest --help`."""
