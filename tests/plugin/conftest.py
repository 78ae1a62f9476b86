import pytest
from plugin.plugin_site import VIEWS, PretendService

from mkdocs_layerlab import extension
from mkdocs_layerlab.engine import Engine


@pytest.fixture
def service():
    return PretendService()


@pytest.fixture
def pretend_engine(monkeypatch, service):
    """Sites built in this test use an engine that builds nothing."""
    engine = Engine(service, VIEWS)
    monkeypatch.setattr(extension, "shared_engine", lambda: engine)
    return engine
