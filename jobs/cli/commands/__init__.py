"""The commands of ``rule19``, by subject. Each module has ``register(app)``."""
