"""What every answer has: access log, headers, limits of requests, slow clients, problems."""
