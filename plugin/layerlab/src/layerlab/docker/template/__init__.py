"""Go's text/template at the level people use in `--format`: fields, pipelines, functions, if, range and with."""

from __future__ import annotations

from layerlab.docker.template.evaluate import execute
from layerlab.docker.template.goprint import Struct
from layerlab.docker.template.lexer import TemplateError, TooLongError
from layerlab.docker.template.parser import Template, parse

__all__ = ["Struct", "Template", "TemplateError", "TooLongError", "execute", "parse"]
