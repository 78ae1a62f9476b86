"""apt on Debian and Ubuntu images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine.packages.package_runs import DAY, FACTS, NOW, on

from layerlab.filesystem import Directory, Estimated, File, size_of
from layerlab.shell.packages.text import name_list, size_text

MEASURED = Path(__file__).parents[3] / "plugin/layerlab/src/layerlab/catalogue/data/packages/measured.json"
UPDATE = "apt-get update -qq && "
LISTS = "/var/lib/apt/lists"


PUBLISHED = json.loads(MEASURED.read_text(encoding="utf-8"))
HITS = [(layer["command"], layer["measured"]) for layer in PUBLISHED["layers"] if layer["hit"]]


@pytest.mark.parametrize(("command", "measured"), HITS)
def test_a_measured_layer_is_met_within_three_percent(command, measured):
    assert on("debian:12@2024-12", command).size.bytes == pytest.approx(measured, rel=0.03)


def test_every_measured_command_is_published_as_hit_or_miss():
    assert [(layer["command"], layer["measured"]) for layer in PUBLISHED["layers"]] == list(FACTS.debian().measured)
    assert all(layer["hit"] for layer in PUBLISHED["layers"] if "apt-get" in layer["command"])


class TestUpdate:
    """`apt-get update`."""

    def test_it_leaves_the_measured_lists(self):
        ran = on("debian:12", "apt-get update")
        node = ran.tree.lookup(LISTS)
        assert isinstance(node, Directory)
        assert sum(size_of(each.content) for each in node.entries.values() if isinstance(each, File)) == 19856468
        assert "packages.apt.lists_recorded" in ran.keys

    def test_removing_them_in_the_same_run_leaves_nothing(self):
        assert on("debian:12", f"apt-get update && rm -rf {LISTS}/*").size.bytes == 0

    def test_another_release_says_that_the_figures_are_debian_12s(self):
        ran = on("debian:13-slim", "apt-get update")
        assert "packages.apt.lists_other_release" in ran.keys
        assert any("trixie" in name for name in ran.tree.lookup(LISTS).entries)

    def test_ubuntu_takes_the_published_figure(self):
        ran = on("ubuntu:20.04", "apt-get update")
        assert ran.size.bytes == 39_820_000
        assert "packages.apt.lists_ubuntu" in ran.keys

    def test_without_the_images_settings_the_lists_are_large(self):
        ran = on("debian:12", "rm -f /etc/apt/apt.conf.d/docker-*; apt-get update")
        assert ran.size.bytes == 167_212_189

    def test_with_one_setting_gone_the_size_is_unknown(self):
        ran = on("debian:12", "rm /etc/apt/apt.conf.d/docker-gzip-indexes; apt-get update")
        assert ran.size.bytes is None

    def test_it_needs_root(self):
        ran = on("debian:12", "apt-get update", user=1000)
        assert ran.code == 100
        assert ran.err.splitlines() == [
            "E: Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)",
            "E: Unable to lock directory /var/lib/apt/lists/",
        ]

    def test_without_a_network_it_warns_and_succeeds_and_nothing_can_be_installed(self):
        ran = on("debian:12", "apt-get update && apt-get install -y curl", network="none")
        assert ran.code == 100
        assert "E: Unable to locate package curl" in ran.err


class TestInstall:
    """`apt-get install`."""

    def test_before_an_update_no_package_is_found(self):
        ran = on("debian:12", "apt-get install -y nginx")
        assert ran.code == 100
        assert ran.err == "E: Unable to locate package nginx\n"
        assert ran.out == "Reading package lists...\nBuilding dependency tree...\nReading state information...\n"
        assert ran.size.bytes == 0

    def test_lists_removed_by_an_earlier_layer_are_missed(self):
        first = on("debian:12", f"apt-get update && rm -rf {LISTS}/*")
        assert on("debian:12", "apt-get install -y nginx", tree=first.tree).code == 100

    def test_without_yes_it_asks_gets_no_answer_and_aborts(self):
        ran = on("debian:12", UPDATE + "apt-get install nginx")
        assert ran.code == 1
        assert ran.out.endswith("Do you want to continue? [Y/n] Abort.\n")
        assert ran.tree.lookup("/usr/sbin/nginx") is None

    def test_an_answer_on_standard_input_counts(self):
        assert on("debian:12", UPDATE + "echo y | apt-get install nginx").code == 0

    def test_a_package_that_needs_nothing_else_is_installed_without_asking(self):
        ran = on("debian:12", UPDATE + "apt-get install tree")
        assert ran.code == 0
        assert isinstance(ran.tree.lookup("/usr/bin/tree"), File)

    @pytest.mark.parametrize(
        "flag", ["-y", "--yes", "--assume-yes", "-qqy", "-yq", "-qq", "-o APT::Get::Assume-Yes=true"]
    )
    def test_every_spelling_of_yes_is_understood(self, flag):
        assert on("debian:12", UPDATE + f"apt-get install {flag} curl").code == 0

    def test_it_lists_what_it_will_do_as_apt_does(self):
        ran = on("debian:12", "apt-get update -qq; apt-get install -y --no-install-recommends curl")
        assert (
            "The following additional packages will be installed:\n"
            "  libbrotli1 libcurl4 libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3\n"
            "  libkrb5support0 libldap-2.5-0 libnghttp2-14 libpsl5 librtmp1 libsasl2-2\n"
            "  libsasl2-modules-db libssh2-1 libssl3\n" in ran.out
        )
        assert "0 upgraded, 16 newly installed, 0 to remove and 0 not upgraded.\n" in ran.out
        assert "Need to get 4243 kB of archives.\n" in ran.out
        assert "After this operation, 12.0 MB of additional disk space will be used.\n" in ran.out
        assert ran.out.endswith("Setting up curl (7.88.1-10+deb12u15) ...\n")
        assert "packages.apt.recorded" in ran.keys

    def test_the_program_is_there_afterwards(self):
        ran = on("debian:12", UPDATE + "apt-get install -y curl && curl --version")
        assert ran.code == 0
        assert isinstance(ran.tree.lookup("/usr/bin/curl"), File)

    def test_recommends_can_be_switched_off_in_the_configuration(self):
        setting = "echo 'APT::Install-Recommends \"false\";' > /etc/apt/apt.conf.d/99x && "
        with_file = on("debian:12", setting + UPDATE + "apt-get install -y git")
        with_flag = on("debian:12", UPDATE + "apt-get install -y --no-install-recommends git")
        assert with_file.size.bytes == with_flag.size.bytes + len('APT::Install-Recommends "false";\n')

    def test_a_second_install_adds_only_what_is_missing(self):
        first = on("debian:12", UPDATE + "apt-get install -y --no-install-recommends curl")
        second = on("debian:12", "apt-get install -y --no-install-recommends curl wget", tree=first.tree)
        assert "curl is already the newest version (7.88.1-10+deb12u15).\n" in second.out
        assert "0 upgraded, 1 newly installed" in second.out

    def test_a_package_of_the_base_image_is_there_already(self):
        ran = on("debian:12", UPDATE + "apt-get install -y bash")
        assert ran.code == 0
        assert "bash is already the newest version" in ran.out

    def test_what_packages_of_the_image_need_is_there_already(self):
        ran = on("node:22", UPDATE + "apt-get install -y openssl")
        assert ran.code == 0
        assert "0 upgraded, 0 newly installed" in ran.out

    @pytest.mark.parametrize("name", ["ngnix", "crul", "Nginx", "python_3"])
    def test_a_misspelt_name_is_not_found(self, name):
        ran = on("debian:12", UPDATE + f"apt-get install -y {name}")
        assert ran.code == 100
        assert ran.err == f"E: Unable to locate package {name}\n"

    def test_a_real_package_nobody_recorded_makes_the_size_unknown(self):
        ran = on("debian:12", UPDATE + "apt-get install -y wine && wine --version")
        assert ran.code == 0
        assert ran.size.bytes is None
        assert "packages.apt.unrecorded" in ran.keys

    def test_with_other_sources_any_name_may_exist(self):
        ran = on(
            "debian:12", "echo deb > /etc/apt/sources.list.d/x.list; " + UPDATE + "apt-get install -y docker-ce-cli-x"
        )
        assert ran.code == 0

    def test_a_version_the_archive_has_not_is_refused(self):
        ran = on("debian:12", UPDATE + "apt-get install -y curl=1.0")
        assert ran.code == 100
        assert ran.err == "E: Version '1.0' for 'curl' was not found\n"

    def test_a_version_pattern_that_fits_is_taken(self):
        assert on("debian:12", UPDATE + "apt-get install -y 'curl=7.88.*'").code == 0

    def test_what_a_library_needs_is_inferred_and_said(self):
        ran = on("debian:12", UPDATE + "apt-get install -y libpq5")
        assert "packages.apt.inferred" in ran.keys
        assert "libldap-2.5-0" in ran.out

    def test_an_unknown_option_is_refused(self):
        ran = on("debian:12", "apt-get install --bogus x")
        assert ran.code == 100
        assert ran.err == "E: Command line option --bogus is not understood in combination with the other options\n"

    def test_an_unknown_operation_is_refused(self):
        ran = on("debian:12", "apt-get instal curl")
        assert (ran.code, ran.err) == (100, "E: Invalid operation instal\n")

    def test_it_needs_root(self):
        ran = on("debian:12", "apt-get install -y curl", user=1000)
        assert ran.code == 100
        assert "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?" in ran.err

    def test_simulating_changes_nothing(self):
        ran = on("debian:12", UPDATE + f"rm -rf {LISTS}/lock; apt-get install -s -y curl")
        assert ran.tree.lookup("/usr/bin/curl") is None

    def test_lists_of_an_earlier_day_are_called_stale(self):
        first = on("debian:12", "apt-get update")
        fresh = on("debian:12", "apt-get install -y curl", tree=first.tree, now=NOW + DAY // 2)
        stale = on("debian:12", "apt-get install -y curl", tree=first.tree, now=NOW + 2 * DAY)
        assert "packages.apt.stale_lists" not in fresh.keys
        assert "packages.apt.stale_lists" in stale.keys

    def test_large_installations_stay_within_the_budget_of_bytes(self):
        assert on("debian:12", UPDATE + "apt-get install -y build-essential").outcome.limit is None


class TestOtherReleases:
    """Images of which no package is recorded."""

    def test_debians_figures_are_used_and_said(self):
        ran = on("ubuntu:22.04", UPDATE + "apt-get install -y --no-install-recommends curl")
        assert "packages.apt.other_release" in ran.keys
        assert "newly installed" not in ran.out
        assert "7.88" not in ran.out

    def test_installing_more_is_never_smaller_than_the_published_figure_alone(self):
        alone = on("ubuntu:20.04", "apt-get update && apt-get install -y nginx").size.bytes
        more = on("ubuntu:20.04", "apt-get update && apt-get install -y curl nginx").size.bytes
        assert more > alone

    def test_a_published_figure_goes_before_the_sum(self):
        ran = on("ubuntu:22.04", UPDATE + f"apt-get install -y nginx && rm -rf {LISTS}/*")
        assert ran.size.bytes == pytest.approx(136_720_000 - 77_800_000, rel=0.001)
        assert "packages.apt.published" in ran.keys

    def test_slim_says_that_documents_are_left_out(self):
        assert "packages.apt.slim" in on("debian:12-slim", UPDATE + "apt-get install -y curl").keys

    def test_an_image_without_apt_has_no_apt(self):
        ran = on("alpine:3.20", "apt-get update")
        assert ran.code == 127
        assert "apt-get: not found" in ran.err


class TestArchives:
    """Downloaded .deb files."""

    def test_docker_clean_leaves_none(self):
        ran = on("debian:12", UPDATE + "apt-get install -y curl")
        assert not [path for path, _ in ran.tree.walk("/var/cache/apt/archives") if path.endswith(".deb")]

    def test_without_it_they_stay_until_clean(self):
        script = "rm /etc/apt/apt.conf.d/docker-clean; " + UPDATE + "apt-get install -y --no-install-recommends curl"
        kept = on("debian:12", script)
        sizes = [
            size_of(node.content)
            for path, node in kept.tree.walk("/var/cache/apt/archives")
            if path.endswith(".deb") and isinstance(node, File)
        ]
        assert sum(sizes) == 4_243_288
        cleaned = on("debian:12", script + " && apt-get clean")
        assert not [path for path, _ in cleaned.tree.walk("/var/cache/apt/archives") if path.endswith(".deb")]
        assert kept.size.bytes - cleaned.size.bytes == 4_243_288

    def test_downloading_only_installs_nothing(self):
        ran = on("debian:12", UPDATE + "apt-get install -y -d curl")
        assert ran.tree.lookup("/usr/bin/curl") is None
        assert [path for path, _ in ran.tree.walk("/var/cache/apt/archives") if path.endswith(".deb")]


class TestRemove:
    """`apt-get remove`, `purge`, `autoremove`."""

    def test_in_the_same_run_almost_nothing_is_left(self):
        ran = on(
            "debian:12",
            UPDATE
            + "apt-get install -y --no-install-recommends gcc && "
            + f"apt-get purge -y --auto-remove gcc && rm -rf {LISTS}/*",
        )
        assert ran.code == 0
        assert ran.size.bytes < 500_000
        assert ran.tree.lookup("/usr/bin/gcc") is None

    def test_in_a_later_layer_only_whiteouts_are_written(self):
        first = on("debian:12", UPDATE + "apt-get install -y gcc")
        second = on("debian:12", "apt-get purge -y --auto-remove gcc", tree=first.tree)
        assert second.size.bytes < 500_000
        assert any(entry.kind == "whiteout" for entry in second.change.upper)

    def test_removing_alone_leaves_what_was_pulled_in(self):
        ran = on("debian:12", UPDATE + "apt-get install -y gcc && apt-get remove -y gcc")
        assert isinstance(ran.tree.lookup("/usr/bin/x86_64-linux-gnu-ld.bfd"), File)
        swept = on("debian:12", "apt-get autoremove -y", tree=ran.tree)
        assert swept.tree.lookup("/usr/bin/x86_64-linux-gnu-ld.bfd") is None

    def test_what_another_package_needs_stays(self):
        ran = on("debian:12", UPDATE + "apt-get install -y gcc make && apt-get purge -y --auto-remove gcc")
        assert isinstance(ran.tree.lookup("/usr/bin/make"), File)

    def test_a_package_that_is_not_there_is_no_error(self):
        ran = on("debian:12", UPDATE + "apt-get remove -y curl")
        assert ran.code == 0
        assert "Package 'curl' is not installed, so not removed\n" in ran.out

    def test_without_yes_it_aborts(self):
        assert on("debian:12", UPDATE + "apt-get install -y tree && apt-get remove tree").code == 1

    def test_purging_marks_the_names(self):
        ran = on("debian:12", UPDATE + "apt-get install -y tree && apt-get purge -y tree")
        assert "The following packages will be REMOVED:\n  tree*\n" in ran.out


class TestHelpers:
    """dpkg, apt-mark and the like."""

    def test_the_architecture_is_known(self):
        assert on("debian:12", "dpkg --print-architecture").out == "amd64\n"

    def test_a_package_that_is_not_installed_is_told(self):
        ran = on("debian:12", "dpkg -s curl")
        assert ran.code == 1
        assert "package 'curl' is not installed" in ran.err
        assert on("debian:12", "dpkg -s bash").code == 0

    def test_marks_are_confirmed(self):
        assert on("debian:12", "apt-mark hold bash").out == "bash set on hold.\n"

    def test_apt_warns_about_its_interface(self):
        assert "apt does not have a stable CLI interface" in on("debian:12", "apt update").err

    def test_upgrading_changes_nothing_as_measured(self):
        ran = on("debian:12", UPDATE + f"apt-get upgrade -y && rm -rf {LISTS}/*")
        assert ran.size.bytes == 0
        assert ran.outcome.fidelity == "estimated"
        assert on("debian:13-slim", UPDATE + "apt-get upgrade -y").outcome.fidelity == "unknown"


class TestText:
    """How apt prints names and sizes."""

    @pytest.mark.parametrize(
        ("size", "text"),
        [
            (0, "0 B"),
            (999, "999 B"),
            (9_999, "9999 B"),
            (10_000, "10.0 kB"),
            (633_000, "633 kB"),
            (12_000_000, "12.0 MB"),
            (180_000_000, "180 MB"),
        ],
    )
    def test_sizes(self, size, text):
        assert size_text(size) == text

    def test_lists_wrap_at_76_columns(self):
        lines = name_list("Title:", ["x" * 30] * 5).splitlines()
        assert lines[0] == "Title:"
        assert [len(line) for line in lines[1:]] == [63, 63, 32]

    def test_no_names_no_title(self):
        assert name_list("Title:", []) == ""


def test_sizes_from_records_are_marked_as_estimates():
    ran = on("debian:12", UPDATE + "apt-get install -y --no-install-recommends curl")
    assert isinstance(ran.tree.lookup("/usr/bin/curl").content, Estimated)
    assert ran.size.estimated
