"""What a tool of unknown effect may have made can be copied on; what nobody can have made can't."""

from __future__ import annotations

import pytest
from engine.packages.package_runs import on

from layerlab.build.copying import CopyError, source_node
from layerlab.filesystem import BULK_NAME, Directory, File, Unknown

PACKAGE = '{"scripts":{"build":"vite build"},"devDependencies":{"vite":"*"}}'


@pytest.fixture(scope="module")
def built():
    return on("node:22", "npm install && npm run build", cwd="/app", files={"/app/package.json": PACKAGE}).tree


def test_a_folder_below_the_project_is_taken_to_be_there(built):
    _, node = source_node(built, "/app/dist")
    assert isinstance(node, Directory)
    assert isinstance(node.entries[BULK_NAME].content, Unknown)


def test_a_name_with_a_suffix_is_taken_for_a_file(built):
    _, node = source_node(built, "/app/dist/app.js")
    assert isinstance(node, File)
    assert isinstance(node.content, Unknown)


def test_what_is_there_is_itself(built):
    _, node = source_node(built, "/app/package.json")
    assert node is built.lookup("/app/package.json")


def test_elsewhere_a_missing_path_stays_missing(built):
    with pytest.raises(CopyError):
        source_node(built, "/srv/dist")


def test_after_a_script_of_known_commands_nothing_is_taken_to_be_there():
    package = '{"scripts":{"build":"mkdir -p out && echo x > out/x"}}'
    tree = on("node:22", "npm run build", cwd="/app", files={"/app/package.json": package}).tree
    assert isinstance(tree.lookup("/app/out/x"), File)
    with pytest.raises(CopyError):
        source_node(tree, "/app/dist")


def test_a_jar_of_maven_can_be_copied():
    tree = on("maven:3.9", "mvn -q package", cwd="/app", files={"/app/pom.xml": "x"}).tree
    _, node = source_node(tree, "/app/target/app.jar")
    assert isinstance(node, File)
