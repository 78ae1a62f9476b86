"""npm and yarn on Node images."""

from __future__ import annotations

import json

from engine.packages.package_runs import FACTS, on

from layerlab.filesystem import Directory, File

NODE = "node:22-slim"
EXPRESS = FACTS.npm().package("express")
PACKAGE = json.dumps(
    {
        "name": "shop",
        "version": "1.0.0",
        "scripts": {"build": "mkdir -p dist && echo built > dist/out.js", "compile": "tsc -p ."},
        "dependencies": {"express": "^5"},
        "devDependencies": {"typescript": "^7"},
    }
)
APP = {"/app/package.json": PACKAGE}
LOCKED = APP | {"/app/package-lock.json": "{}"}


class TestInstall:
    """`npm install` and `npm ci`."""

    def test_it_adds_the_recorded_modules_and_a_lock_file(self):
        ran = on(NODE, "npm install --omit=dev", cwd="/app", files=APP)
        assert ran.code == 0
        assert ran.size.bytes == EXPRESS.size + EXPRESS.lock
        assert ran.size.estimated
        assert {"packages.npm.recorded", "packages.npm.cache"} <= ran.keys

    def test_development_packages_count_unless_left_out(self):
        whole = on(NODE, "npm ci", cwd="/app", files=LOCKED).size.bytes
        assert whole == EXPRESS.size + FACTS.npm().package("typescript").size
        for spelling in ("npm ci --omit=dev", "npm ci --omit dev", "npm ci --production", "NODE_ENV=production npm ci"):
            assert on(NODE, spelling, cwd="/app", files=LOCKED).size.bytes == EXPRESS.size

    def test_a_package_that_another_brings_is_not_counted_twice(self):
        package = json.dumps({"dependencies": {"vite": "*", "rollup": "*", "react-dom": "*", "react": "*"}})
        ran = on(NODE, "npm ci", cwd="/app", files={"/app/package.json": package, "/app/package-lock.json": "{}"})
        each = FACTS.npm()
        names = ("vite", "rollup", "react-dom")
        assert ran.size.bytes == sum(each.package(name).size for name in names)

    def test_ci_replaces_what_was_there(self):
        ran = on(NODE, "npm ci", cwd="/app", files=LOCKED | {"/app/node_modules/old/x.js": "x"})
        assert ran.tree.lookup("/app/node_modules/old") is None

    def test_ci_without_a_lock_file_is_refused(self):
        ran = on(NODE, "npm ci", cwd="/app", files=APP)
        assert ran.code == 1
        assert ran.err.startswith("npm error code EUSAGE\nnpm error\nnpm error The `npm ci` command can only install")

    def test_a_package_nobody_recorded_makes_the_size_unknown(self):
        ran = on(NODE, "npm install some-private-thing", cwd="/app", files=APP)
        assert ran.code == 0
        assert ran.size.bytes is None
        assert "packages.npm.unrecorded" in ran.keys

    def test_adding_a_package_writes_package_json(self):
        ran = on(NODE, "npm install cors@2", cwd="/app", files=APP)
        assert json.loads(ran.text("/app/package.json"))["dependencies"] == {"cors": "^2.8.6", "express": "^5"}

    def test_a_global_package_brings_its_program(self):
        ran = on(NODE, "npm install -g pm2 && pm2 --version")
        assert ran.code == 0
        assert isinstance(ran.tree.lookup("/usr/local/lib/node_modules/pm2"), Directory)

    def test_without_package_json_there_is_nothing_to_install(self):
        ran = on(NODE, "npm install", cwd="/app")
        assert ran.code == 0
        assert "packages.npm.no_package" in ran.keys
        assert ran.size.bytes == 0

    def test_broken_json_is_refused(self):
        ran = on(NODE, "npm install", cwd="/app", files={"/app/package.json": "{"})
        assert ran.code == 1
        assert ran.err.startswith("npm error code EJSONPARSE\nnpm error path /app/package.json\n")


class TestRun:
    """`npm run`."""

    def test_a_script_is_run_and_announced(self):
        ran = on(NODE, "npm run build", cwd="/app", files=APP)
        assert ran.code == 0
        assert ran.out == "\n> shop@1.0.0 build\n> mkdir -p dist && echo built > dist/out.js\n\n"
        assert ran.text("/app/dist/out.js") == "built\n"

    def test_a_program_of_node_modules_is_unknown_not_missing(self):
        ran = on(NODE, "npm ci && npm run compile", cwd="/app", files=LOCKED)
        assert ran.code == 0
        assert ran.outcome.fidelity == "unknown"
        assert "not found" not in ran.err

    def test_a_missing_script_is_named(self):
        ran = on(NODE, "npm run biuld", cwd="/app", files=APP)
        assert ran.code == 1
        assert ran.err.startswith(
            'npm error Missing script: "biuld"\nnpm error\nnpm error To see a list of scripts, run:\n'
        )

    def test_without_package_json(self):
        ran = on(NODE, "npm run build", cwd="/app")
        assert ran.code == 254
        assert (
            "npm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '/app/package.json'\n"
            in ran.err
        )


class TestYarn:
    """yarn 1."""

    def test_it_installs_the_same_modules(self):
        ran = on(
            NODE, "yarn install --frozen-lockfile --production", cwd="/app", files=APP | {"/app/yarn.lock": "# v1"}
        )
        assert ran.size.bytes == EXPRESS.size

    def test_a_bare_script_name_runs_it(self):
        assert isinstance(on(NODE, "yarn build", cwd="/app", files=APP).tree.lookup("/app/dist/out.js"), File)
