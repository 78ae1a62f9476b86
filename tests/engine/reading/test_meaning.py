"""What rows mean, and how they are written as instructions again."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from layerlab.dockerfile import parse
from layerlab.explain.reading import explain_row
from layerlab.lab import Lab
from layerlab.messages import load
from layerlab.reading import Entry, meanings, read, reconstruct

HEX = "0123456789abcdef" * 4


def meaning(text, comment="", size=0, **more):
    return meanings([Entry(0, text=text, comment=comment, size=size, **more)])[0]


def written(*texts, **more):
    made = reconstruct(meanings([Entry(number, text=text, size=0, **more) for number, text in enumerate(texts)]))
    return made.text().removeprefix("FROM scratch\n").removesuffix("\n")


class TestBuilders:
    @pytest.mark.parametrize(
        ("text", "comment", "builder", "keyword", "layer"),
        [
            ("RUN /bin/sh -c true # buildkit", "buildkit.dockerfile.v0", "buildkit", "RUN", "empty-layer"),
            ("ENV A=1", "buildkit.dockerfile.v0", "buildkit", "ENV", "metadata"),
            ("WORKDIR /app", "buildkit.dockerfile.v0", "buildkit", "WORKDIR", "empty-layer"),
            ("/bin/sh -c #(nop)  ENV A=1", "", "legacy", "ENV", "metadata"),
            ("/bin/sh -c #(nop) WORKDIR /app", "", "legacy", "WORKDIR", "unsure"),
            ("/bin/ash -xc #(nop)  SHELL [/bin/ash -xc]", "", "legacy", "SHELL", "metadata"),
            ("/bin/sh -c apt-get update", "", "legacy", "RUN", "empty-layer"),
            ("|1 A=b c /bin/sh -c true", "", "legacy", "RUN", "empty-layer"),
            (f"/bin/sh -c #(nop) COPY file:{HEX} in / ", "", "legacy", "COPY", "empty-layer"),
            ("# debian.sh --arch 'amd64' out/", "debuerreotype 0.15", "tool", None, "unsure"),
            ("umoci raw add-layer --image /x/rockcraft-ubuntu", "", "tool", None, "unsure"),
            ("", "Imported from -", "tool", None, "unsure"),
            ("bash", "", "unknown", None, "unsure"),
            ("RUN apt-get update", "", "unknown", "RUN", "empty-layer"),
        ],
    )
    def test_the_row_tells_its_builder_instruction_and_layer(self, text, comment, builder, keyword, layer):
        found = meaning(text, comment)
        assert (found.builder, found.keyword, found.layer) == (builder, keyword, layer)

    def test_a_row_with_bytes_has_a_layer_whatever_it_says(self):
        assert meaning("ENV A=1", size=5).layer == "layer"

    def test_a_configuration_decides_which_rows_are_layers(self):
        assert meaning("/bin/sh -c #(nop) WORKDIR /app", empty=True).layer == "metadata"
        assert meaning("bash", empty=False, size=None).layer == "layer"

    def test_a_run_that_mentions_a_tool_is_still_a_run(self):
        assert meaning("RUN /bin/sh -c umoci # buildkit").builder == "buildkit"

    def test_arguments_end_where_the_shell_begins(self):
        found = meaning("RUN |2 A=1 B=two words /bin/sh -c echo $B # buildkit")
        assert (found.arg_count, found.args, found.rest) == (2, "A=1 B=two words", "echo $B")

    def test_a_shell_row_decides_how_later_runs_are_read(self):
        rows = meanings(
            [Entry(0, text="SHELL [/bin/odd -x run]"), Entry(1, text="RUN /bin/odd -x run hello # buildkit")]
        )
        assert (rows[1].shell, rows[1].rest) == (("/bin/odd", "-x", "run"), "hello")


class TestSentences:
    @pytest.mark.parametrize("language", ["ko", "en"])
    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("RUN |1 A=1 /bin/sh -c true # buildkit", {"reading.kind.RUN", "reading.by.buildkit", "reading.suffix"}),
            ('/bin/sh -c #(nop)  CMD ["sh"]', {"reading.kind.CMD", "reading.by.legacy", "reading.nop"}),
            ("bash", {"reading.no_instruction", "reading.layer.unsure"}),
            ("", {"reading.no_text"}),
        ],
    )
    def test_each_row_is_explained(self, language, text, keys):
        say = load(language)
        assert {say(key) for key in keys} <= set(explain_row(meaning(text), say))

    def test_arguments_are_named_by_their_count(self):
        assert any("|2" in line for line in explain_row(meaning("RUN |2 A=1 B=2 /bin/sh -c true"), load("en")))


class TestReconstruction:
    @pytest.mark.parametrize(
        ("row", "instruction"),
        [
            ("RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            ("RUN /bin/bash -o pipefail -c a | b # buildkit", "RUN a | b"),
            ("RUN echo a b # buildkit", 'RUN ["echo", "a", "b"]'),
            ("RUN /bin/sh -c echo a\n  echo b\n # buildkit", "RUN <<EOF\necho a\n  echo b\nEOF"),
            ("RUN |1 A=1 /bin/sh -c true # buildkit", "ARG A\nRUN true"),
            ('CMD ["nginx" "-g" "daemon off;"]', 'CMD ["nginx", "-g", "daemon off;"]'),
            ('CMD ["/bin/sh" "-c" "echo \\"hi\\""]', 'CMD echo "hi"'),
            ('/bin/sh -c #(nop)  ENTRYPOINT ["/x.sh"]', 'ENTRYPOINT ["/x.sh"]'),
            ("ENV LANG=C.UTF-8 A=b c D=e", 'ENV LANG=C.UTF-8 A="b c" D=e'),
            ("ENV PRICE=$5", 'ENV PRICE="\\$5"'),
            ("LABEL maintainer=A <a@b.c>", 'LABEL maintainer="A <a@b.c>"'),
            ("EXPOSE map[80/tcp:{} 53/udp:{}]", "EXPOSE 80/tcp 53/udp"),
            ("EXPOSE [80/tcp]", "EXPOSE 80/tcp"),
            ("/bin/sh -c #(nop)  EXPOSE 80", "EXPOSE 80"),
            ("VOLUME [/a /b]", 'VOLUME ["/a", "/b"]'),
            ("SHELL [/bin/bash -c]", 'SHELL ["/bin/bash", "-c"]'),
            ("STOPSIGNAL SIGQUIT", "STOPSIGNAL SIGQUIT"),
            ("ARG A=b c", 'ARG A="b c"'),
            ("/bin/sh -c #(nop)  ARG RELEASE", "ARG RELEASE"),
            ("COPY --chmod=755 a b /c/ # buildkit", "COPY --chmod=755 a b /c/"),
            (f"/bin/sh -c #(nop) ADD file:{HEX} in / ", "ADD FILE /"),
            (f"/bin/sh -c #(nop) COPY --chown=1:2dir:{HEX} in /app ", "COPY --chown=1:2 DIRECTORY/ /app"),
            ("COPY <<EOF /y # buildkit", "# COPY <<EOF /y"),
            (
                "HEALTHCHECK {Test:[CMD-SHELL wget -q x || exit 1] Interval:5m0s Timeout:3s StartPeriod:10s StartInterval:0s Retries:2}",
                "HEALTHCHECK --interval=5m0s --timeout=3s --start-period=10s --retries=2 CMD wget -q x || exit 1",
            ),
            (
                '/bin/sh -c #(nop)  HEALTHCHECK &{["CMD" "true"] "10s" "0s" "0s" \'\\x03\'}',
                'HEALTHCHECK --interval=10s --retries=3 CMD ["true"]',
            ),
            (
                "HEALTHCHECK {Test:[NONE] Interval:0s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}",
                "HEALTHCHECK NONE",
            ),
            ("bash", "# bash"),
        ],
    )
    def test_a_row_is_written_as_an_instruction(self, row, instruction):
        assert written(row) == instruction

    def test_a_cut_row_is_a_comment_that_says_so(self):
        assert written("RUN /bin/sh -c apt-get upd…", cut=True) == "# RUN /bin/sh -c apt-get upd…cut"

    def test_what_is_lost_is_named_with_its_row(self):
        rows = [
            Entry(0, text=f"/bin/sh -c #(nop) COPY dir:{HEX} in / "),
            Entry(1, text="COPY /out /srv # buildkit"),
            Entry(2, text="RUN |1 A=1 /bin/sh -c true # buildkit"),
            Entry(3, text="ENV A=b c"),
        ]
        lost = {(loss.key.removeprefix("reading.lost."), loss.row) for loss in reconstruct(meanings(rows)).lost}
        assert lost == {("base", None), ("stages", None), ("names", 0), ("from", 1), ("args", 2), ("quotes", 3)}

    def test_every_loss_has_a_sentence(self):
        rows = meanings([Entry(0, text="RUN a\nb"), Entry(1, text="x"), Entry(2, text="SHELL [/a b]")])
        assert all(loss.key in load("ko") for loss in reconstruct(rows).lost)

    @given(
        st.lists(
            st.sampled_from(
                ["set -x", "  ", "&&", "echo 'a  b'", "\t\t", "#x", "|", " ", "apt-get install -y nginx", "\\t"]
            ),
            min_size=1,
            max_size=60,
        )
    )
    @example([*["apt-get install -y nginx"] * 4, "&&", "set -x"])
    def test_a_long_command_over_several_lines_reads_back_the_same(self, parts):
        command = " ".join(parts).strip()
        assume(command and not command.startswith(("#", "[", "-", "<")))
        made = written(f"RUN /bin/sh -c {command} # buildkit")
        run = parse(f"FROM x\n{made}\n").instructions[1]
        assert run.arguments == (command,)

    @pytest.mark.parametrize("engine_line", ["history --no-trunc t", "history --no-trunc --format json t"])
    def test_building_the_reconstruction_gives_the_same_rows_again(self, engine_line):
        text = (
            'FROM scratch\nCMD ["a b", "c\\"d"]\nENV A="b c" D=$5\nLABEL x.y="z, w"\nEXPOSE 80 53/udp\nUSER 1000:100\n'
            "WORKDIR /srv\nSTOPSIGNAL SIGINT\nVOLUME /data\nHEALTHCHECK --interval=9s CMD curl x || exit 1\nARG V=2\n"
            'ONBUILD RUN echo \'x\'\nENTRYPOINT run me\nSHELL ["/bin/bash", "-c"]\nMAINTAINER Me <me@x.y>\n'
        )
        rows = []
        for _ in range(2):
            lab = Lab(now=1_790_000_000_000_000_000)
            record = lab.build(text, tag="t")
            assert record.ok
            rows.append([entry.created_by for entry in record.image.history])
            text = reconstruct(meanings(read(lab.docker(engine_line).stdout).entries)).text()
        assert rows[0] == rows[1]
