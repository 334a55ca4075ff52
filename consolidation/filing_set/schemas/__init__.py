"""The tables of a filing set: one module a family of schemas, made of the columns of ``columns``; ``tables`` registers them."""
