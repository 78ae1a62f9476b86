"""Our own advice: what each rule finds, what it says it costs, and that its fix makes it go away."""

import pytest
from engine.advice.advice_builds import build, fixed, found, values
from hypothesis import given, settings
from hypothesis import strategies as st

from layerlab.advice import RULES, advise
from layerlab.advice.wording import reason, sentence
from layerlab.lab import Lab
from layerlab.messages import LANGUAGES, load


class TestUpdateAlone:
    SPLIT = "FROM ubuntu:20.04\nRUN apt-get update\n# tools\nRUN apt-get install -y curl\n"

    def test_it_names_the_installs_that_depend_on_it_and_the_layers_bytes(self):
        (finding,) = found(self.SPLIT, "LL001")
        record = build(self.SPLIT)
        assert values(finding)["lines"] == (4,)
        assert finding.cost == record.steps[1].size
        assert finding.cost.estimated
        assert finding.rebuilds == (2,)

    def test_its_fix_joins_the_two_and_keeps_the_comment(self):
        (finding,) = found(self.SPLIT, "LL001")
        after = fixed(self.SPLIT, finding.fix)
        assert after == ("FROM ubuntu:20.04\n# tools\nRUN apt-get update && \\\n    apt-get install -y curl\n")
        assert build(after).ok
        assert not found(after, "LL001")

    def test_update_and_install_in_one_run_are_fine(self):
        assert not found("FROM ubuntu:20.04\nRUN apt-get update && apt-get install -y curl\n", "LL001")

    @pytest.mark.parametrize("second", ["apt-get install -y curl; true", "apt-get install -y curl || true"])
    def test_there_is_no_fix_where_joining_would_hide_a_failing_update(self, second):
        (finding,) = found(f"FROM ubuntu:20.04\nRUN apt-get update\nRUN {second}\n", "LL001")
        assert finding.fix is None

    def test_a_failing_build_has_no_number_for_a_step_that_never_ran(self):
        text = "FROM ubuntu:20.04\nCOPY missing /\nRUN apt-get update\n"
        (finding,) = found(text, "LL001")
        assert finding.cost.bytes is None


class TestListsLeftBehind:
    KEPT = "FROM ubuntu:20.04\nRUN apt-get update && apt-get install -y curl\n"

    def test_it_counts_the_bytes_of_the_lists(self):
        (finding,) = found(self.KEPT, "LL002")
        lists = [
            entry.content.size
            for entry in build(self.KEPT).steps[1].layer.entries
            if entry.path.startswith("/var/lib/apt/lists/") and hasattr(entry.content, "size")
        ]
        assert finding.cost.bytes == sum(lists) > 1_000_000

    def test_after_its_fix_the_layer_has_none(self):
        (finding,) = found(self.KEPT, "LL002")
        assert not found(fixed(self.KEPT, finding.fix), "LL002")

    def test_lists_on_a_cache_mount_are_in_no_layer(self):
        text = "FROM ubuntu:20.04\nRUN --mount=type=cache,target=/var/lib/apt/lists apt-get update\n"
        assert not found(text, "LL002")


class TestSecrets:
    def test_a_copied_secret_is_named(self):
        (finding,) = found("FROM scratch\nCOPY . /app/\n", "LL003", {".env": "A=1", "app.py": "x"})
        assert values(finding)["paths"] == ("/app/.env",)
        assert finding.variant == "stays"

    def test_deleting_it_later_does_not_help_and_the_line_is_named(self):
        (finding,) = found("FROM busybox\nCOPY id_rsa /k/\nRUN rm /k/id_rsa\n", "LL003", {"id_rsa": "x"})
        assert finding.variant == "deleted"
        assert values(finding)["lines"] == (3,)

    @pytest.mark.parametrize(
        ("name", "content", "is_secret"),
        [
            ("id_rsa", "x", True),
            ("id_rsa.pub", "x", False),
            (".env.example", "A=", False),
            (".npmrc", "x", True),
            ("ca.pem", "-----BEGIN CERTIFICATE-----", False),
            ("own.pem", "-----BEGIN RSA PRIVATE KEY-----", True),
            ("main.py", "x", False),
        ],
    )
    def test_names_and_contents_decide(self, name, content, is_secret):
        assert bool(found("FROM scratch\nCOPY . /\n", "LL003", {name: content, "other": "x"})) is is_secret

    def test_a_stage_that_is_not_shipped_may_have_it(self):
        text = "FROM busybox AS build\nCOPY .npmrc /\nRUN echo x > /out\nFROM scratch\nCOPY --from=build /out /\n"
        assert not found(text, "LL003", {".npmrc": "x"})

    def test_an_arg_is_told_with_the_rows_of_the_history_that_show_it(self):
        text = "FROM busybox\nARG API_TOKEN=abc\nRUN true\nWORKDIR /x\nRUN echo\n"
        (finding,) = found(text, "LL004")
        assert finding.variant == "history"
        assert values(finding)["lines"] == (3, 5)

    def test_an_arg_without_a_value_is_in_no_row(self):
        assert not found("FROM busybox\nARG API_TOKEN\nRUN true\n", "LL004")

    def test_an_env_is_in_the_configuration(self):
        (finding,) = found("FROM busybox\nENV DB_PASSWORD=x\n", "LL004")
        assert finding.variant == "config"


class TestDeletedLater:
    LATER = "FROM busybox\nRUN head -c 5000 /dev/zero > /big\nRUN rm /big\n"

    def test_it_names_the_line_that_made_the_file_and_its_bytes(self):
        (finding,) = found(self.LATER, "LL005")
        assert values(finding)["lines"] == (2,)
        assert values(finding)["paths"] == ("/big",)
        assert finding.cost.bytes == 5000
        assert finding.span.start_line == 3

    def test_its_fix_saves_the_bytes(self):
        (finding,) = found(self.LATER, "LL005")
        after = fixed(self.LATER, finding.fix)
        assert not found(after, "LL005")
        before, now = build(self.LATER), build(after)
        assert sum(step.size.bytes for step in before.steps if step.size) == 5000
        assert sum(step.size.bytes for step in now.steps if step.size) == 0

    def test_a_whole_directory_is_added_up(self):
        text = "FROM busybox\nCOPY . /src/\nRUN rm -r /src\n"
        (finding,) = found(text, "LL005", {"a": "12345", "b/c": "678"})
        assert finding.cost.bytes == 8

    def test_files_of_the_base_are_not_the_authors_waste(self):
        assert not found("FROM busybox\nRUN rm /bin/ls\n", "LL005")


class TestStoredTwice:
    def test_chmod_of_copied_files_stores_them_again(self):
        (finding,) = found("FROM busybox\nCOPY . /app\nRUN chmod -R 700 /app\n", "LL006", {"a": "12345", "b": "678"})
        assert finding.cost.bytes == 8
        assert values(finding)["count"] == 2
        assert values(finding)["lines"] == (2,)

    def test_its_fix_sets_the_mode_while_copying(self):
        files = {"a": "12345"}
        text = "FROM busybox\nCOPY . /app\nRUN chmod -R 700 /app\n"
        (finding,) = found(text, "LL006", files)
        after = fixed(text, finding.fix)
        assert after == "FROM busybox\nCOPY --chmod=700 . /app\n"
        assert build(after, files).image.tree.lookup("/app/a").meta.mode == 0o700
        assert not found(after, "LL006", files)

    def test_there_is_no_fix_where_the_directory_was_there_before(self):
        text = "FROM busybox\nWORKDIR /app\nCOPY . /app\nRUN chown -R 1000 /app\n"
        (finding,) = found(text, "LL006", {"a": "1"})
        assert finding.fix is None

    def test_files_of_the_base_count_too(self):
        (finding,) = found("FROM ubuntu:20.04\nRUN chmod 700 /etc/passwd\n", "LL006")
        assert finding.variant == "base"

    def test_changed_content_is_no_doubling(self):
        text = "FROM busybox\nCOPY a /a\nRUN echo more >> /a && chmod 700 /a\n"
        assert not found(text, "LL006", {"a": "1"})


class TestCopyBeforeInstall:
    FILES = {"requirements.txt": "flask\n", "app.py": "x", "util.py": "y"}  # noqa: RUF012 - never changed
    TEXT = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nRUN echo done\n"

    def test_it_counts_the_files_and_the_steps_that_would_run_again(self):
        (finding,) = found(self.TEXT, "LL007", self.FILES)
        assert values(finding)["others"] == 2
        assert values(finding)["count"] == len(finding.rebuilds) == 2
        assert values(finding)["files"] == ("requirements.txt",)

    def test_after_its_fix_an_edit_leaves_the_install_cached(self):
        (finding,) = found(self.TEXT, "LL007", self.FILES)
        after = fixed(self.TEXT, finding.fix)
        assert not found(after, "LL007", self.FILES)
        assert self._install_after_edit(self.TEXT) == "ran"
        assert self._install_after_edit(after) == "cached"

    def _install_after_edit(self, text):
        from layerlab.build.context import Context

        lab = Lab()
        for content in ("x", "changed"):
            files = self.FILES | {"app.py": content}
            entries = [{"path": path, "type": "file", "content": text} for path, text in files.items()]
            record = lab.build(text, context=Context.from_entries(entries))
        return next(step.status for step in record.steps if "pip install" in step.text)

    def test_without_a_list_in_the_context_there_is_nothing_to_copy_first(self):
        assert not found(self.TEXT, "LL007", {"app.py": "x"})

    def test_a_global_npm_install_needs_no_list(self):
        text = "FROM node:22-slim\nCOPY . /app\nRUN npm install -g serve\n"
        assert not found(text, "LL007", {"package.json": "{}", "a.js": "x"})

    def test_npm_ci_is_an_install(self):
        text = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
        assert found(text, "LL007", {"package.json": "{}", "package-lock.json": "{}", "a.js": "x"})


class TestHabits:
    def test_an_add_of_plain_files_becomes_a_copy(self):
        text = "FROM scratch\n  ADD a /a\n"
        (finding,) = found(text, "LL008", {"a": "1"})
        assert fixed(text, finding.fix) == "FROM scratch\n  COPY a /a\n"

    @pytest.mark.parametrize("source", ["a.tar.gz", "https://example.org/x", "--checksum=sha256:00 x", "git@h:x.git"])
    def test_an_add_that_does_more_stays(self, source):
        assert not found(f"FROM scratch\nADD {source} /a\n", "LL008")

    @pytest.mark.parametrize(
        ("image", "variant"), [("ubuntu", "untagged"), ("ubuntu:latest", "latest"), ("ubuntu:20.04", None)]
    )
    def test_a_tag_that_moves_is_told(self, image, variant):
        assert [finding.variant for finding in found(f"FROM {image}\nRUN true\n", "LL009")] == (
            [variant] if variant else []
        )

    def test_stages_and_scratch_have_no_tag(self):
        assert not found("FROM scratch AS a\nCOPY x /\nFROM a\nCOPY x /y\n", "LL009", {"x": "1"})


class TestAll:
    def test_a_good_file_gets_no_advice(self):
        text = (
            "FROM ubuntu:20.04\nWORKDIR /app\nCOPY --chmod=644 requirements.txt ./\n"
            "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\nCOPY . .\n"
        )
        assert advise(build(text, {"requirements.txt": "", "a": "1"})) == ()

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_rule_has_its_sentences(self, language):
        say = load(language)
        assert [key for rule in RULES.values() for key in rule.keys if key not in say] == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_sentences_are_filled_in(self, language):
        say = load(language)
        text = (
            "FROM ubuntu\nARG API_TOKEN=a\nRUN apt-get update\nADD . /srv/x\nRUN chmod -R 700 /srv\n"
            "RUN rm -r /srv/x\nWORKDIR /a # b\nENV A_PASSWORD=x\n"
        )
        advices = advise(build(text, {".env": "1", "b": "2"}))
        assert {advice.rule for advice in advices} >= {"LL001", "LL002", "LL003", "LL004", "LL005", "LL009", "LL010"}
        for advice in advices:
            words = sentence(advice, say) + reason(advice.rule, say)
            assert "{" not in words
            assert not words.startswith("advice.")

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                [
                    "FROM ubuntu", "FROM busybox AS a", "FROM a", "RUN apt-get update", "RUN apt-get install -y curl",
                    "COPY . .", "ADD x /x # y", "RUN rm -rf /x /app", "RUN chmod -R 700 /app", "RUN pip install -r x",
                    "ENV TOKEN=1", "ARG TOKEN=2", "WORKDIR /app", "RUN <<E\nrm /x\nE", "NOSUCH", "COPY . /app \\",
                ]
            ),
            max_size=8,
        )
    )  # fmt: skip
    def test_any_file_gets_advice_whose_edits_fit_the_file(self, lines):
        text = "\n".join(lines) + "\n"
        record = build(text, {"x": "1", "requirements.txt": "a"})
        count = len(text.splitlines())
        for advice in advise(record):
            assert 1 <= advice.found.span.start_line <= count
            for edit in advice.found.fix.edits if advice.found.fix else ():
                assert 1 <= edit.line <= edit.end_line <= count

    def test_a_build_of_too_many_steps_gets_none(self):
        from layerlab.advice import MAX_STEPS

        assert advise(build("FROM ubuntu\n" + "LABEL a=b\n" * MAX_STEPS)) == ()
        assert advise(build("FROM ubuntu\n" + "LABEL a=b\n" * (MAX_STEPS - 1))) != ()
