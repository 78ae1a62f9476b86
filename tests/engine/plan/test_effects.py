"""What metadata instructions do to a configuration, and how variables are held."""

import pytest

from layerlab.image.config import DEFAULT_PATH, HealthCheck, ImageConfig
from layerlab.plan.copying import remote_source, target_path
from layerlab.plan.effects import empty_config, with_env, with_labels, with_path, with_ports, working_directory
from layerlab.plan.labels import bracket, heredoc_note, upper_keyword
from layerlab.plan.platforms import Platform
from layerlab.plan.scope import Scope, platform_arguments, proxies, start_scope
from layerlab.plan.wording import CopyText
from layerlab.plan.wording.buildkit import BUILDKIT
from layerlab.plan.wording.legacy import LEGACY
from layerlab.plan.wording.old_buildkit import OLD_BUILDKIT


class TestConfiguration:
    def test_env_replaces_in_place_and_appends(self):
        config = ImageConfig(env=("PATH=/bin", "A=1", "B=2"))
        assert with_env(config, [("A", "x"), ("C", "3"), ("A", "y")]).env == ("PATH=/bin", "A=y", "B=2", "C=3")

    def test_path_is_added_only_where_it_is_missing(self):
        assert with_path(ImageConfig(env=("A=1",))).env == ("A=1", f"PATH={DEFAULT_PATH}")
        assert with_path(ImageConfig(env=("PATH=",))).env == ("PATH=",)

    def test_labels_and_ports_are_kept_sorted_and_once(self):
        config = with_ports(ImageConfig(exposed_ports=("80/tcp",)), ["443/tcp", "80/tcp"])
        assert config.exposed_ports == ("443/tcp", "80/tcp")
        assert with_labels(ImageConfig(labels=(("b", "1"),)), [("b", "2"), ("a", "0")]).labels == (
            ("a", "0"),
            ("b", "2"),
        )

    def test_scratch_has_a_root_directory_and_a_path(self):
        config = empty_config(Platform("linux", "arm", "v7"))
        assert (config.working_dir, config.env) == ("/", (f"PATH={DEFAULT_PATH}",))
        assert (config.os, config.architecture, config.variant) == ("linux", "arm", "v7")

    @pytest.mark.parametrize(
        ("current", "path", "result"),
        [
            ("", "app", "/app"),
            ("/srv", "app", "/srv/app"),
            ("/srv", "../x/./y/", "/x/y"),
            ("/srv", "/a/../b", "/a/../b"),
            ("/srv", "/a/", "/a/"),
            ("/srv", "", "/srv"),
            ("", "", "/"),
            ("/", ".", "/"),
            ("/a", "../..", "/"),
        ],
    )
    def test_workdir_joins_relative_paths_and_keeps_absolute_ones_as_written(self, current, path, result):
        assert working_directory(current, path) == result


class TestCopyTargets:
    @pytest.mark.parametrize(
        ("working_dir", "destination", "target"),
        [
            ("/w", "a", "/w/a"),
            ("/w", "a/", "/w/a/"),
            ("/w", "a/.", "/w/a/"),
            ("/w", ".", "/w/"),
            ("", ".", "/"),
            ("/w", "", "/w/"),
            ("/w", "/x/../y", "/y"),
            ("/w", "../../../z", "/z"),
            ("/w", "/", "/"),
        ],
    )
    def test_a_final_slash_is_kept(self, working_dir, destination, target):
        assert target_path(working_dir, destination) == target

    @pytest.mark.parametrize(
        ("source", "kind"),
        [
            ("https://x.org/a.tgz", "http"),
            ("https://github.com/a/b.git", "git"),
            ("https://github.com/a/b.git#main:sub", "git"),
            ("git@github.com:a/b", "git"),
            ("ssh://h/a", "git"),
        ],
    )
    def test_urls_and_git_references_are_told_apart(self, source, kind):
        assert remote_source(source).kind == kind

    @pytest.mark.parametrize("source", ["github.com/a/b", "a.git", "http", "ftp://x/y"])
    def test_everything_else_is_a_path(self, source):
        assert remote_source(source) is None


class TestScope:
    def test_a_name_set_again_moves_to_the_end(self):
        assert Scope({"A": "1", "B": "2"}).assign("A", "3").variables == (("B", "2"), ("A", "3"))

    def test_arguments_show_once_at_their_first_place_with_the_value_of_now(self):
        scope = Scope({}).declare("foo", "bar").declare("bar", "123").declare("foo", "bar2").declare("none", None)
        assert scope.arguments() == (("foo", "bar2"), ("bar", "123"), ("none", ""))
        assert scope.assign("bar", "env").arguments() == (("foo", "bar2"), ("bar", "env"), ("none", ""))

    def test_scan_arguments_never_become_variables(self):
        assert Scope({}).declare("BUILDKIT_SBOM_SCAN_STAGE", "true").variables == ()

    def test_a_child_stage_sees_the_parents_env_before_its_arguments(self):
        parent = Scope({"V": "env"}).declare("V", "arg").declare("W", "w")
        child = start_scope(parent, ("V=env",))
        assert child.variables == (("W", "w"), ("V", "env"))
        assert child.arguments() == (("V", "env"), ("W", "w"))

    def test_platform_arguments_can_be_overridden(self):
        host = Platform("linux", "amd64")
        values = platform_arguments(host, Platform("linux", "arm", "v6"), "default", {"TARGETOS": "plan9"})
        assert values["TARGETPLATFORM"] == "linux/arm/v6"
        assert values["TARGETVARIANT"] == "v6"
        assert values["TARGETOS"] == "plan9"
        assert values["BUILDARCH"] == "amd64"

    def test_proxies_come_in_both_cases(self):
        assert proxies({"http_proxy": "p", "OTHER": "x"}) == (("HTTP_PROXY", "p"), ("http_proxy", "p"))


class TestWording:
    COPY = CopyText("COPY", ("a", "b"), ("EOF",), "/d/", "1:2", "755", parents=True)

    def test_copy(self):
        assert BUILDKIT.copy(self.COPY, ()).text == "COPY --parents --chown=1:2 --chmod=755 a b <<EOF /d/ # buildkit"
        assert OLD_BUILDKIT.copy(self.COPY, ()).text == "COPY a b <<EOF /d/ # buildkit"
        legacy = LEGACY.copy(self.COPY, ())
        assert legacy.text[: legacy.hash_at] == "/bin/sh -c #(nop) COPY --chown=1:2"
        assert legacy.text[legacy.hash_at :] == " in /d/ "

    def test_run_has_its_arguments_in_front(self):
        assert BUILDKIT.run(["ls", "-l"], [("A", "1"), ("B", "")]) == "RUN |2 A=1 B= ls -l # buildkit"
        assert LEGACY.run(["/bin/sh", "-c", "x"], []) == "/bin/sh -c x"

    def test_health_checks(self):
        check = HealthCheck(("CMD-SHELL", "x"), interval=300_000_000_000, retries=2)
        times = "Interval:5m0s Timeout:0s StartPeriod:0s StartInterval:0s"
        assert BUILDKIT.health(check) == f"HEALTHCHECK {{Test:[CMD-SHELL x] {times} Retries:2}}"
        assert LEGACY.health(check) == r"""HEALTHCHECK &{["CMD-SHELL" "x"] "5m0s" "0s" "0s" '\x02'}"""

    def test_ports(self):
        assert BUILDKIT.expose(["80"], ["80/tcp"]) == "EXPOSE [80/tcp]"
        assert OLD_BUILDKIT.expose(["80", "53/udp"], ["80/tcp", "53/udp"]) == "EXPOSE map[53/udp:{} 80/tcp:{}]"
        assert LEGACY.expose(["80/TCP"], ["80/tcp"]) == "EXPOSE 80/TCP"

    def test_only_the_legacy_builder_tells_of_triggers_and_hides_given_arguments(self):
        assert BUILDKIT.onbuild("RUN x") is None
        assert LEGACY.onbuild("RUN x") == "ONBUILD RUN x"
        assert BUILDKIT.argument("A", None, "cli") == "A=cli"
        assert LEGACY.argument("A", None, "cli") == "A"

    def test_the_legacy_prefix_is_the_shell(self):
        assert LEGACY.metadata("USER u", ("/bin/bash", "-c")) == "/bin/bash -c #(nop)  USER u"
        assert LEGACY.workdir("/a", ()) == "/bin/sh -c #(nop) WORKDIR /a"


class TestStepNames:
    def test_numbers_are_as_wide_as_the_total(self):
        assert bracket("build", 2, 12) == "[build  2/12] "
        assert bracket("", 10, 12) == "[10/12] "
        assert bracket("x", 1, 0) == ""

    def test_upper_case_ends_at_the_first_space(self):
        assert upper_keyword("run echo a") == "RUN echo a"
        assert upper_keyword("run\techo  a b") == "RUN\tECHO  a b"

    def test_a_heredoc_shows_its_first_line(self):
        assert heredoc_note("echo a\n") == " (echo a)"
        assert heredoc_note("\nset -e\r\necho\n") == " (set -e...)"
