"""What every request passes: access log, headers, limits, slow clients, problem documents."""
