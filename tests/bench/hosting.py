"""Real web servers around the built site, as an operator sets them up: nginx and Caddy, strict headers, a sub-path."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
NGINX = """
user root; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  types {{ text/html html; text/css css; text/javascript js mjs; application/json json; application/wasm wasm; image/svg+xml svg; text/xml xml; }}
  default_type application/octet-stream;
  access_log off; expires 10m; gzip on; gzip_comp_level 6; gzip_types text/css text/javascript text/xml image/svg+xml application/json application/wasm;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{port};
    root {root};
    location / {{ add_header Content-Security-Policy "{policy}"; }}
    location ~ /runtime-[0-9a-f]+/worker\\.js$ {{ add_header Content-Security-Policy "{worker}"; }}
  }}
}}
"""
CADDY = """
{{
  admin off
  auto_https off
}}
http://127.0.0.1:{port} {{
  root * {root}
  encode gzip
  @page not path_regexp /runtime-[0-9a-f]+/worker\\.js$
  @worker path_regexp /runtime-[0-9a-f]+/worker\\.js$
  header @page Content-Security-Policy "{policy}"
  header @worker Content-Security-Policy "{worker}"
  file_server
}}
"""
SERVERS = {
    "nginx": ("nginx.conf", NGINX, ["-e", "stderr", "-c"]),
    "caddy": ("Caddyfile", CADDY, ["run", "--adapter", "caddyfile", "--config"]),
}


@contextmanager
def hosted(server: str, site: Path, folder: Path, path: str = "project/docs") -> Iterator[str]:
    """Serve the site at a sub-path by a server from the system's packages; gives the address of its first page."""
    program = shutil.which(server) or shutil.which(server, path="/usr/sbin")
    assert program, f"{server} is missing: tools/systemtools.sh installs it"
    root = folder / "root"
    (root / path).parent.mkdir(parents=True)
    (root / path).symlink_to(site)
    name, template, arguments = SERVERS[server]
    port = free_port()
    policy = (site / "assets/layerlab/csp.txt").read_text(encoding="utf-8").strip()
    values = {"port": port, "root": root, "folder": folder, "policy": policy, "worker": WORKER_POLICY}
    (folder / name).write_text(template.format(**values), encoding="utf-8")
    environment = {"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [program, *arguments, str(folder / name)], stdout=output, stderr=output, env=environment
        )
        try:
            wait_for(port, process, folder / "output")
            yield f"http://127.0.0.1:{port}/{path}/"
        finally:
            process.terminate()
            process.wait(10)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], output: Path) -> None:
    """Until the server answers; its own words if it ends instead."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, output.read_text(encoding="utf-8")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(output.read_text(encoding="utf-8"))
