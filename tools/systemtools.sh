#!/usr/bin/env bash
# Makes sure that the tests have nginx and caddy, which serve the site, and skopeo, umoci and podman, which read the archives we write and write archives that we read.
# Installs Debian's packages where we may. Elsewhere it says so and goes on: the tests that need them say that they
# could not run. In CI (CI is set) they must be there.
set -euo pipefail

missing=()
for name in skopeo umoci podman nginx caddy; do
  if path=$(PATH=$PATH:/usr/sbin command -v "$name"); then
    echo "Found $path."
  else
    missing+=("$name")
  fi
done
if [[ ${#missing[@]} == 0 ]]; then
  exit 0
fi
if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]]; then
  echo "Not found: ${missing[*]}; installing Debian's packages."
  export DEBIAN_FRONTEND=noninteractive
  if apt-get -qq update && apt-get -qq install --yes --no-install-recommends "${missing[@]}" >/dev/null; then
    exit 0
  fi
  echo "apt-get could not install them."
fi
echo "Not found: ${missing[*]}. Tests with real tools won't run."
[[ -z "${CI:-}" ]]
