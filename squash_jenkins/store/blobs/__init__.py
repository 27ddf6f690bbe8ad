"""The tables that came with reports, kept outside the database as Parquet files by their digest."""
