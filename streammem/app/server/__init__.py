"""`streammem live`: a memory behind a page and an HTTP API."""
