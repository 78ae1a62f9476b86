"""pip and `python -m pip|venv` on Python and Debian images."""

from __future__ import annotations

import pytest
from engine.packages.package_runs import FACTS, on

from layerlab.catalogue.packages import Wheel
from layerlab.filesystem import BULK_NAME, Bulk, Directory, File, Symlink, Unknown
from layerlab.shell.packages.requirements import RequirementError, parse_specifier, read_requirements

SLIM = "python:3.12-slim"
SITE = "/usr/local/lib/python3.12/site-packages"
FLASK = sum(each.installed for each in FACTS.pip().closure("flask") if isinstance(each, Wheel))
FLASK_WHEELS = sum(each.wheel for each in FACTS.pip().closure("flask") if isinstance(each, Wheel))


class TestInstall:
    """`pip install`."""

    def test_the_layer_is_the_recorded_closure(self):
        ran = on(SLIM, "pip install --no-cache-dir flask")
        assert ran.code == 0
        assert ran.size.bytes == FLASK == 4988959
        assert ran.size.estimated
        assert "packages.pip.recorded" in ran.keys
        assert ran.out.startswith("Successfully installed Flask-3.1.3 Jinja2-3.1.6 ")

    def test_without_no_cache_dir_the_wheels_are_kept(self):
        ran = on(SLIM, "pip install flask")
        assert ran.size.bytes == FLASK + FLASK_WHEELS
        node = ran.tree.lookup(f"/root/.cache/pip/http-v2/{BULK_NAME}")
        assert isinstance(node, File)
        assert node.content == Bulk(7, FLASK_WHEELS, "packages.pip.cached")

    def test_removing_the_cache_in_the_same_run_saves_it(self):
        assert on(SLIM, "pip install flask && rm -rf /root/.cache").size.bytes == FLASK

    @pytest.mark.parametrize("value", ["1", "true", "off"])
    def test_the_environment_switches_the_cache_off(self, value):
        assert on(SLIM, "pip install flask", env={"PIP_NO_CACHE_DIR": value}).size.bytes == FLASK

    def test_no_compile_leaves_the_bytecode_out(self):
        assert on(SLIM, "pip install --no-cache-dir --no-compile flask").size.bytes < FLASK

    def test_what_is_there_already_is_not_added_again(self):
        first = on(SLIM, "pip install --no-cache-dir flask")
        second = on(SLIM, "pip install --no-cache-dir flask jinja2", tree=first.tree)
        assert second.size.bytes == 0

    def test_its_program_is_there_afterwards(self):
        assert on(SLIM, "pip install gunicorn && gunicorn --version").code == 0

    def test_a_project_nobody_recorded_makes_the_size_unknown(self):
        ran = on(SLIM, "pip install --no-cache-dir flask some-private-thing && some-program")
        assert ran.code == 0
        assert ran.size.bytes is None
        assert "packages.pip.unrecorded" in ran.keys
        assert "Successfully installed" not in ran.out

    def test_another_version_than_the_recorded_is_said_and_not_printed(self):
        ran = on(SLIM, "pip install --no-cache-dir flask==2.0.1")
        assert "packages.pip.other_version" in ran.keys
        assert ran.out == ""

    def test_a_target_folder_is_used(self):
        ran = on(SLIM, "pip install --no-cache-dir --target=/deps flask")
        assert isinstance(ran.tree.lookup("/deps/Flask-3.1.3.dist-info"), Directory)

    def test_pips_own_words_for_nothing_to_do(self):
        ran = on(SLIM, "pip install")
        assert ran.code == 1
        assert ran.err.startswith("ERROR: You must give at least one requirement to install")

    def test_an_unknown_command(self):
        ran = on(SLIM, "pip instal flask")
        assert (ran.code, ran.err) == (1, 'ERROR: unknown command "instal"\n')

    def test_debians_own_python_refuses(self):
        script = "apt-get update -qq && apt-get install -qq --no-install-recommends python3-pip >/dev/null; pip install flask"
        ran = on("debian:12", script)
        assert ran.code == 1
        assert "error: externally-managed-environment\n" in ran.err
        allowed = on("debian:12", script + " --break-system-packages")
        assert allowed.code == 0
        assert isinstance(
            allowed.tree.lookup("/usr/local/lib/python3.11/dist-packages/Flask-3.1.3.dist-info"), Directory
        )

    def test_an_image_without_pip_has_no_pip(self):
        assert on("debian:12", "pip install flask").code == 127


class TestRequirementFiles:
    """`pip install -r`."""

    def test_comments_versions_markers_and_included_files(self):
        ran = on(
            SLIM,
            "pip install --no-cache-dir -r requirements.txt",
            cwd="/app",
            files={
                "/app/requirements.txt": "# web\nFlask>=2,<4  # comment\n\nrequests[socks] ; python_version > '3'\n-r more/base.txt\n",
                "/app/more/base.txt": "--index-url https://index.example/simple\nnumpy \\\n  ~=2.0\n",
            },
        )
        assert ran.code == 0
        for name in ("Flask-3.1.3", "requests-2.34.2", "numpy-2.4.6"):
            assert isinstance(ran.tree.lookup(f"{SITE}/{name}.dist-info"), Directory)

    def test_a_missing_file(self):
        ran = on(SLIM, "pip install -r requirements.txt")
        assert ran.code == 1
        assert ran.err == (
            "ERROR: Could not open requirements file: [Errno 2] No such file or directory: 'requirements.txt'\n"
        )

    def test_a_broken_line_is_named(self):
        ran = on(SLIM, "pip install -r r.txt", cwd="/app", files={"/app/r.txt": "flask\nthis is bad ===\n"})
        assert ran.code == 1
        assert ran.err == "ERROR: Invalid requirement: 'this is bad ===' (from line 2 of r.txt)\n"

    @pytest.mark.parametrize(
        ("text", "project"),
        [
            ("flask", "flask"),
            ("Flask[async]==2.0 ; python_version<'3'", "Flask"),
            ("zope.interface>=5,!=5.1", "zope.interface"),
            ("x @ https://host.example/x.whl", "x"),
            ("a==1.* --hash=sha256:00", "a"),
            ("./local", None),
            ("git+https://host.example/x.git", None),
        ],
    )
    def test_specifiers(self, text, project):
        assert parse_specifier(text) == project

    @pytest.mark.parametrize("text", ["foo bar", "==1", "flask>", "-x", "a b==1"])
    def test_what_is_no_specifier(self, text):
        with pytest.raises(RequirementError):
            parse_specifier(text)

    def test_files_that_include_each_other_end(self):
        with pytest.raises(RequirementError):
            read_requirements("a", {"a": "-r a\n"}.get)


class TestLocalProjects:
    """`pip install .` and `-e .`."""

    def test_without_a_build_file_pip_refuses(self):
        ran = on(SLIM, "pip install -e .", cwd="/app")
        assert ran.code == 1
        assert "file:///app does not appear to be a Python project" in ran.err
        ran = on(SLIM, "pip install .", cwd="/app")
        assert ran.err == "ERROR: Directory '.' is not installable. Neither 'setup.py' nor 'pyproject.toml' found.\n"

    def test_with_one_the_effect_is_unknown(self):
        ran = on(SLIM, "pip install .", cwd="/app", files={"/app/pyproject.toml": ""})
        assert ran.code == 0
        assert "packages.pip.project" in ran.keys
        assert isinstance(ran.tree.lookup(f"{SITE}/{BULK_NAME}").content, Unknown)


class TestEnvironments:
    """`python -m venv`."""

    def test_its_own_pip_installs_into_it(self):
        ran = on(SLIM, "python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir flask")
        assert ran.code == 0
        assert isinstance(ran.tree.lookup("/opt/venv/bin/python3", follow=False), Symlink)
        assert isinstance(ran.tree.lookup("/opt/venv/lib/python3.12/site-packages/Flask-3.1.3.dist-info"), Directory)
        assert ran.tree.lookup(f"{SITE}/Flask-3.1.3.dist-info") is None

    def test_path_decides_whose_pip_it_is(self):
        first = on(SLIM, "python3 -m venv /opt/venv")
        path = "/opt/venv/bin:/usr/local/bin:/usr/bin:/bin"
        second = on(SLIM, "pip install --no-cache-dir flask", tree=first.tree, env={"PATH": path})
        assert isinstance(second.tree.lookup("/opt/venv/lib/python3.12/site-packages/Flask-3.1.3.dist-info"), Directory)

    def test_the_version_is_the_images(self):
        assert on(SLIM, "python --version").out == "Python 3.12.13\n"

    def test_other_programs_are_unknown(self):
        ran = on(SLIM, "python manage.py collectstatic")
        assert ran.code == 0
        assert ran.outcome.fidelity == "unknown"
