"""`useradd`, `groupadd` and their kin of Debian's shadow and adduser packages, and busybox's."""

from __future__ import annotations

from layerlab.shell.commands.accounts import find_account, find_group, lines
from layerlab.shell.commands.registry import command
from layerlab.shell.commands.userfiles import (
    NewUser,
    add_group_lines,
    add_member,
    add_user_lines,
    append,
    first_free,
    free_id,
    gids,
    make_home,
    replace_line,
    uids,
)
from layerlab.shell.options import Options, parse_options
from layerlab.shell.process import Process

AGING = "0:99999:7:::"
USERADD = {
    "system": "r", "create-home": "m", "no-create-home": "M", "home-dir=": "d", "home=": "d", "shell=": "s",
    "gid=": "g", "groups=": "G",
    "uid=": "u", "comment=": "c", "non-unique": "o", "no-log-init": "l", "no-user-group": "N", "user-group": "U",
    "password=": "p",
    "base-dir=": "b", "skel=": "k", "expiredate=": "e", "inactive=": "f", "key=": "K", "badname": "badname",
    "badnames": "badname",
}  # fmt: skip


def default_shell(process: Process) -> str:
    """SHELL of `/etc/default/useradd`."""
    for line in lines(process.fs, "/etc/default/useradd"):
        if line.startswith("SHELL="):
            return line[6:]
    return "/bin/sh"


@command("groupadd", flavours={"gnu"})
def groupadd(process: Process) -> int:
    """`groupadd` of shadow."""
    options = parse_options(
        process, "rfog:K:p:", {"system": "r", "force": "f", "gid=": "g", "non-unique": "o", "password=": "p"}, code=2
    )
    if not options.operands:
        return 2
    name, fs = options.operands[0], process.fs
    if find_group(fs, name) is not None:
        if "f" in options:
            return 0
        process.error(f"group '{name}' already exists")
        return 9
    taken = gids(fs)
    wanted = options.get("g")
    if wanted is not None and not wanted.isdigit():
        process.error(f"invalid group ID '{wanted}'")
        return 3
    if wanted is not None and int(wanted) in taken and "o" not in options:
        process.error(f"GID '{wanted}' already exists")
        return 4
    gid = int(wanted) if wanted is not None else _pick_gid(taken, system="r" in options)
    add_group_lines(fs, name, gid, backup=True)
    return 0


def _pick_gid(taken: set[int], *, system: bool) -> int:
    return free_id(taken, 100 if system else 1000, 999 if system else 60000, downwards=system)


@command("useradd", flavours={"gnu"})
def useradd(process: Process) -> int:
    """`useradd` of shadow."""
    options = parse_options(process, "rmMlNUod:s:g:G:u:c:p:b:k:e:f:K:", USERADD, code=2)
    if not options.operands:
        return 2
    name, fs = options.operands[0], process.fs
    system = "r" in options
    if find_account(fs, name) is not None:
        process.error(f"user '{name}' already exists")
        return 9
    refused = _check_groups(process, options, name)
    if refused is not None:
        return refused
    taken = uids(fs)
    wanted = options.get("u")
    if wanted is not None and (not wanted.isdigit() or (int(wanted) in taken and "o" not in options)):
        process.error(f"invalid user ID '{wanted}'" if not wanted.isdigit() else f"UID {wanted} is not unique")
        return 3 if not wanted.isdigit() else 4
    uid = (
        int(wanted)
        if wanted is not None
        else free_id(taken, 100 if system else 1000, 999 if system else 60000, downwards=system)
    )
    gid, own = _primary(process, options, uid, system=system)
    home = options.get("d") or f"{(options.get('b') or '/home').rstrip('/')}/{name}"
    user = NewUser(
        name,
        uid,
        gid,
        options.get("c") or "",
        home,
        options.get("s", default_shell(process)) or "",
    )
    add_user_lines(fs, user, aging=":::::" if system else AGING, backup=True)
    if own:
        add_group_lines(fs, name, gid, backup=True)
    for group in (options.get("G") or "").split(","):
        if group and (known := _group_named(process, group)) is not None:
            add_member(fs, known, name, backup=True)
    if not system:
        _subordinate(process, name)
    if "m" in options and "M" not in options and not fs.exists(home):
        make_home(fs, user, 0o700 if _home_mode(process) == "0700" else 0o755, skeleton=True)
    return 0


def _group_named(process: Process, text: str) -> str | None:
    from layerlab.shell.commands.accounts import group_name  # noqa: PLC0415

    if find_group(process.fs, text) is not None:
        return text
    return group_name(process.fs, int(text)) if text.isdigit() else None


def _check_groups(process: Process, options: Options, name: str) -> int | None:
    for option in ("g", "G"):
        for group in (options.get(option) or "").split(","):
            if group and _group_named(process, group) is None:
                process.error(f"group '{group}' does not exist")
                return 6
    if "g" not in options and "N" not in options and find_group(process.fs, name) is not None:
        process.error(f"group {name} exists - if you want to add this user to that group, use -g.")
        return 9
    return None


def _primary(process: Process, options: Options, uid: int, *, system: bool) -> tuple[int, bool]:
    wanted = options.get("g")
    if wanted is not None:
        group = find_group(process.fs, wanted)
        return (group.gid if group is not None else int(wanted)), False
    if "N" in options:
        return 100, False
    taken = gids(process.fs)
    return (uid if uid not in taken else _pick_gid(taken, system=system)), True


def _home_mode(process: Process) -> str | None:
    for line in lines(process.fs, "/etc/login.defs"):
        words = line.split()
        if words[:1] == ["HOME_MODE"]:
            return words[1]
    return None


def _subordinate(process: Process, name: str) -> None:
    for path in ("/etc/subuid", "/etc/subgid"):
        if not process.fs.exists(path):
            continue
        ends = [int(cells[1]) + int(cells[2]) for line in lines(process.fs, path) if len(cells := line.split(":")) == 3]
        append(process.fs, path, f"{name}:{max([100000, *ends])}:65536", backup=True)


@command("usermod", flavours={"gnu"})
def usermod(process: Process) -> int:
    """`usermod`."""
    long = {**USERADD, "append": "a", "login=": "L2", "move-home": "m", "lock": "L", "unlock": "U"}
    options = parse_options(process, "aG:g:s:d:mu:oc:l:LUp:e:f:", long, code=2)
    fs = process.fs
    name = options.operands[0] if options.operands else ""
    account = find_account(fs, name)
    if account is None:
        process.error(f"user '{name}' does not exist")
        return 6
    refused = _check_groups(process, options, "\0")
    if refused is not None:
        return refused
    if "G" in options:
        for group in (options.get("G") or "").split(","):
            if group and (known := _group_named(process, group)) is not None:
                add_member(fs, known, name, backup=True)
    gid = account.gid
    if (wanted := options.get("g")) is not None:
        found = find_group(fs, wanted)
        gid = found.gid if found is not None else int(wanted)
    uid = int(options.get("u") or account.uid)
    new_name = options.get("l") or name
    home, shell = options.get("d") or account.home, options.get("s") or account.shell
    line = f"{new_name}:x:{uid}:{gid}:{options.get('c') or account.comment}:{home}:{shell}"
    replace_line(fs, "/etc/passwd", name, line, backup=True)
    if new_name != name:
        for line in lines(fs, "/etc/shadow"):
            if line.startswith(f"{name}:"):
                replace_line(fs, "/etc/shadow", name, new_name + line[len(name) :], backup=True)
    if "m" in options and home != account.home and fs.exists(account.home):
        fs.rename(account.home, home)
    return 0


@command("groupmod", flavours={"gnu"})
def groupmod(process: Process) -> int:
    """`groupmod`."""
    options = parse_options(process, "g:n:o", {"gid=": "g", "new-name=": "n", "non-unique": "o"}, code=2)
    name = options.operands[0] if options.operands else ""
    group = find_group(process.fs, name)
    if group is None:
        process.error(f"group '{name}' does not exist")
        return 6
    line = f"{options.get('n') or name}:x:{options.get('g') or group.gid}:{','.join(group.members)}"
    replace_line(process.fs, "/etc/group", name, line, backup=True)
    return 0


@command("userdel", "deluser", "groupdel", "delgroup")
def remove_account(process: Process) -> int:
    """`userdel`, `groupdel` and adduser's and busybox's names for them."""
    options = parse_options(
        process,
        "rf",
        {"remove": "r", "remove-home": "r", "force": "f", "system": "system", "quiet": "q", "group": "group"},
        code=2,
    )
    fs = process.fs
    backup = not process.busybox
    name = options.operands[0] if options.operands else ""
    if process.name in {"groupdel", "delgroup"}:
        if find_group(fs, name) is None:
            return _missing(process, "group", name)
        for path in ("/etc/group", "/etc/gshadow"):
            replace_line(fs, path, name, None, backup=backup)
        return 0
    account = find_account(fs, name)
    if account is None:
        return _missing(process, "user", name)
    replace_line(fs, "/etc/passwd", name, None, backup=backup)
    replace_line(fs, "/etc/shadow", name, None, backup=backup)
    own = find_group(fs, name)
    if own is not None and own.gid == account.gid:
        for path in ("/etc/group", "/etc/gshadow"):
            replace_line(fs, path, name, None, backup=backup)
    if "r" in options and fs.exists(account.home):
        fs.rmtree(account.home)
    return 0


def _missing(process: Process, kind: str, name: str) -> int:
    if process.busybox:
        return process.error(f"unknown {kind} {name}")
    process.error(f"{kind} '{name}' does not exist")
    return 6


@command("addgroup", "adduser", flavours={"busybox"})
def busybox_add(process: Process) -> int:
    """Busybox's `addgroup` and `adduser`."""
    long = {"system": "S", "gid=": "g", "uid=": "u", "ingroup=": "G", "home=": "h", "shell=": "s", "gecos=": "g",
            "disabled-password": "D",
            "empty-password": "D", "no-create-home": "H"}  # fmt: skip
    options = parse_options(process, "Sg:u:G:h:s:DHk:", long)
    operands, fs = options.operands, process.fs
    if process.name == "addgroup" or (len(operands) > 1 and "u" not in options):
        return _busybox_group(process, options)
    name = operands[0] if operands else ""
    if find_account(fs, name) is not None:
        return process.error(f"user '{name}' in use")
    system = "S" in options
    first, last = (100, 999) if system else (1000, 59999)
    uid = int(options.get("u") or first_free(uids(fs), first, last))
    group_option = options.get("G")
    if group_option is not None:
        group = find_group(fs, group_option)
        if group is None:
            return process.error(f"unknown group {group_option}")
        gid = group.gid
    elif system:
        nogroup = find_group(fs, "nogroup")
        gid = nogroup.gid if nogroup is not None else 65533
    else:
        gid = uid if uid not in gids(fs) else first_free(gids(fs), first, last)
    home = options.get("h") or f"/home/{name}"
    shell = options.get("s") or ("/bin/false" if system else "/bin/sh")
    user = NewUser(name, uid, gid, options.get("g", "Linux User,,,") or "", home, shell)
    add_user_lines(fs, user, aging=AGING, backup=True)
    if group_option is None and not system:
        add_group_lines(fs, name, gid, backup=True)
    elif group_option is not None:
        add_member(fs, group_option, name, backup=True)
    if "H" not in options and not fs.exists(home):
        make_home(fs, user, 0o2755, skeleton=fs.is_directory("/etc/skel"))
    return 0


def _busybox_group(process: Process, options: Options) -> int:
    fs, operands = process.fs, options.operands
    if len(operands) > 1:
        user, group = operands[:2]
        if find_account(fs, user) is None:
            return process.error(f"unknown user {user}")
        if find_group(fs, group) is None:
            return process.error(f"unknown group {group}")
        add_member(fs, group, user, backup=True)
        return 0
    name = operands[0] if operands else ""
    if find_group(fs, name) is not None:
        return process.error(f"group '{name}' in use")
    first, last = (100, 999) if "S" in options else (1000, 59999)
    wanted = options.get("g")
    if wanted is not None and wanted.isdigit() and int(wanted) in gids(fs):
        return process.error(f"gid '{wanted}' in use")
    add_group_lines(fs, name, int(wanted) if wanted is not None else first_free(gids(fs), first, last), backup=True)
    return 0


@command("addgroup", "adduser", flavours={"gnu"})
def debian_add(process: Process) -> int:
    """`adduser` and `addgroup` of Debian's package of that name; its words differ between releases."""
    long = {
        "system": "system", "group": "group", "home=": "home", "shell=": "shell", "uid=": "uid", "gid=": "gid",
        "ingroup=": "ingroup",
        "gecos=": "gecos", "comment=": "gecos", "disabled-password": "disabled", "disabled-login": "disabled",
        "no-create-home": "nohome",
        "quiet": "q", "force-badname": "bad", "allow-bad-names": "bad",
    }  # fmt: skip
    options = parse_options(process, "q", long)
    operands, fs = options.operands, process.fs
    process.note("estimated", "shell.adduser_words")
    name = operands[0] if operands else ""
    if len(operands) > 1:
        if find_account(fs, name) is None or find_group(fs, operands[1]) is None:
            return process.error(
                f"The user `{name}' does not exist."
                if find_account(fs, name) is None
                else f"The group `{operands[1]}' does not exist."
            )
        _say(process, options, f"Adding user `{name}' to group `{operands[1]}' ...")
        add_member(fs, operands[1], name, backup=True)
        _say(process, options, "Done.")
        return 0
    system = "system" in options
    first, last = (100, 999) if system else (1000, 59999)
    if process.name == "addgroup" or ("group" in options and not system):
        if find_group(fs, name) is not None:
            return 0 if system else process.error(f"The group `{name}' already exists.")
        gid = int(options.get("gid") or first_free(gids(fs), first, last))
        _say(process, options, f"Adding group `{name}' (GID {gid}) ...")
        add_group_lines(fs, name, gid, backup=True)
        _say(process, options, "Done.")
        return 0
    return _debian_user(process, options, name, system=system)


def _debian_user(process: Process, options: Options, name: str, *, system: bool) -> int:
    fs = process.fs
    first, last = (100, 999) if system else (1000, 59999)
    if find_account(fs, name) is not None:
        return 0 if system else process.error(f"The user `{name}' already exists.")
    taken = uids(fs) | (gids(fs) if "ingroup" not in options else set())
    uid = int(options.get("uid") or first_free(taken, first, last))
    ingroup, group_id = options.get("ingroup"), options.get("gid")
    own = False
    if ingroup is not None or group_id is not None:
        group = find_group(fs, ingroup or "")
        gid = group.gid if group is not None else int(group_id or 100)
    elif system and "group" not in options:
        nogroup = find_group(fs, "nogroup")
        gid = nogroup.gid if nogroup is not None else 65534
    else:
        gid, own = uid, True
    _say(process, options, f"Adding system user `{name}' (UID {uid}) ..." if system else f"Adding user `{name}' ...")
    if own:
        _say(process, options, f"Adding new group `{name}' ({'GID ' if system else ''}{gid}) ...")
        add_group_lines(fs, name, gid, backup=True)
    home = options.get("home") or ("/nonexistent" if system else f"/home/{name}")
    shell = options.get("shell") or ("/usr/sbin/nologin" if system else "/bin/bash")
    comment = options.get("gecos") if "gecos" in options else ("" if system else ",,,")
    user = NewUser(name, uid, gid, comment or "", home, shell)
    add_user_lines(fs, user, aging=":::::" if system else AGING, backup=True)
    if not system:
        _subordinate(process, name)
    if "nohome" in options or home == "/nonexistent":
        _say(process, options, f"Not creating home directory `{home}'.")
    elif not fs.exists(home):
        _say(process, options, f"Creating home directory `{home}' ...")
        make_home(fs, user, 0o755 if system else 0o700, skeleton=not system)
    return 0


def _say(process: Process, options: Options, text: str) -> None:
    if "q" not in options:
        process.out(text + "\n")


@command("passwd", "chpasswd", "chage", "gpasswd", "chsh", "chfn")
def passwords(process: Process) -> int:
    """Commands that change a password: its hash is salted by chance, so `/etc/shadow` isn't known afterwards."""
    args = list(process.args)
    if process.name == "gpasswd" and args[:1] == ["-a"] and len(args) > 2:
        add_member(process.fs, args[2], args[1], backup=True)
        return 0
    if process.name == "chsh" and "-s" in args:
        account = find_account(process.fs, args[-1])
        if account is not None:
            shell = args[args.index("-s") + 1]
            replace_line(
                process.fs,
                "/etc/passwd",
                account.name,
                f"{account.name}:x:{account.uid}:{account.gid}:{account.comment}:{account.home}:{shell}",
                backup=True,
            )
        return 0
    from layerlab.filesystem import Estimated, size_of  # noqa: PLC0415

    if process.fs.exists("/etc/shadow"):
        size = (size_of(process.fs.read("/etc/shadow")) or 0) + 105
        process.fs.write("/etc/shadow", Estimated(size, "shell.unknown_content"))
    process.note("unknown", "shell.unmodelled", command=process.name)
    return 0


@command("su", "gosu", "su-exec", "sudo", "runuser", "setpriv")
def switch_user(process: Process) -> int:
    """Commands that run another as somebody else."""
    from layerlab.filesystem import Who  # noqa: PLC0415
    from layerlab.shell.commands.accounts import groups_of  # noqa: PLC0415
    from layerlab.shell.commands.system import run_or_complain  # noqa: PLC0415

    args = list(process.args)
    name, words = "root", []
    if process.name in {"su", "runuser"}:
        text = args[args.index("-c") + 1] if "-c" in args[:-1] else None
        shell = args[args.index("-s") + 1] if "-s" in args[:-1] else "/bin/sh"
        rest = [
            word
            for index, word in enumerate(args)
            if not word.startswith("-") and (index == 0 or args[index - 1] not in {"-c", "-s", "-u"})
        ]
        name = args[args.index("-u") + 1] if "-u" in args[:-1] else rest[0] if rest else "root"
        words = [shell, "-c", text] if text is not None else rest[1:]
    elif process.name == "sudo":
        while args and args[0].startswith("-"):
            if args.pop(0) in {"-u", "-g"} and args:
                name = args.pop(0)
        words = args
    else:
        name, words = (args[0].partition(":")[0], args[1:]) if args else ("root", [])
    account = find_account(process.fs, name)
    if account is None and not name.isdigit():
        return process.error(
            f"user {name} does not exist or the user entry does not contain all the required fields"
            if process.name == "su"
            else f"unknown user {name}"
        )
    if not words:
        return 0
    kept = process.fs.who
    uid, gid = (account.uid, account.gid) if account is not None else (int(name), 0)
    process.fs.who = Who(uid, gid, frozenset(groups_of(process.fs, account)) if account is not None else frozenset())
    env = {**process.env, **({"HOME": account.home, "USER": name} if account is not None else {})}
    try:
        return run_or_complain(process, words, env)
    finally:
        process.fs.who = kept
