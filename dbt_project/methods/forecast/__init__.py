"""Weekly series some weeks ahead: a choice among simple forecasts by their past errors, with calibrated intervals."""

from dbt_project.methods.forecast.panel import LEVELS, SUMS, Forecast, forecast_panel

__all__ = ["LEVELS", "SUMS", "Forecast", "forecast_panel"]
