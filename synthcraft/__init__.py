"""SynthCraft: declarative, reproducible benchmarks of synthetic healthcare data."""

__version__ = "0.1.0"
