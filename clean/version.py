"""The version, in the one place that the package's metadata, the manifests and `clean --version` all read."""

__version__ = "0.1.0"
