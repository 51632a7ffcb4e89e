"""One module a page; none imports another."""
