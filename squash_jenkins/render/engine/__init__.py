"""How pages are made and written: figures, HTML, the output folder, static and live."""
