"""The content of pages: builds, findings, tables, marks on trends, data files, the plain page."""
