"""The offline stand-in model: OpenAI's protocol on loopback, replies that say so; no Django."""

from config.standin.server import RunningStandin, start

__all__ = ["RunningStandin", "start"]
