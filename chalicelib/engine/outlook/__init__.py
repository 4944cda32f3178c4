"""Looks ahead and back: explanations, forecasts, figures for health and statistics."""
