"""The pages, one module for each part of the site. A handler reads a request, asks the stores, returns a page."""
