"""Why, when and how long: explanations, forecasts, warnings, statistics, health."""
