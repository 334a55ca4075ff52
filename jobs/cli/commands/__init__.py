"""The commands of ``rule19``, by subject; ``consolidation`` are those that compute. Each module has ``register(app)``."""
