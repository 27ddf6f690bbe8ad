"""The tables that came with reports, stored outside the database as Parquet files by digest."""
