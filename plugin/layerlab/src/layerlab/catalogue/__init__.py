"""Base images and packages as recorded facts, each with its source, its date and how good it is."""

from layerlab.catalogue.bases import BaseFileError, load_bases, parse_base
from layerlab.catalogue.catalogue import Catalogue
from layerlab.catalogue.data import Data, DataNotLoadedError, Loader
from layerlab.catalogue.facts import (
    SYNTHETIC_PREFIX,
    BaseImage,
    Found,
    LayerEntry,
    LayerFacts,
    LayerId,
    NotInCatalogue,
    NotLoaded,
    Provenance,
    RecordedId,
    Resolution,
    SizeBasis,
    StandIn,
    SyntheticId,
)
from layerlab.catalogue.names import declared_bases

__all__ = [
    "SYNTHETIC_PREFIX",
    "BaseFileError",
    "BaseImage",
    "Catalogue",
    "Data",
    "DataNotLoadedError",
    "Found",
    "LayerEntry",
    "LayerFacts",
    "LayerId",
    "Loader",
    "NotInCatalogue",
    "NotLoaded",
    "Provenance",
    "RecordedId",
    "Resolution",
    "SizeBasis",
    "StandIn",
    "SyntheticId",
    "declared_bases",
    "load_bases",
    "parse_base",
]
