"""The rule engine: filing set → validated tables → members → capital → statement.

Pure functions over immutable tables: it knows no database, no clock and no screen.
Each file is one idea of the regulation, named in the field's words.
"""
