#!/usr/bin/env bash
# Makes sure that the tests have a browser: a Chrome or Chromium that is there, else Debian's package where we may
# install it, else Playwright's own. Says which. Usage: browser.sh PYTHON
set -euo pipefail

for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
  if path=$(command -v "$name"); then
    echo "Found $path."
    exit 0
  fi
done
if [[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]]; then
  echo "Found Google Chrome."
  exit 0
fi
if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]]; then
  echo "None found: installing Debian's chromium and a Korean font."
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  if apt-get -qq install --yes --no-install-recommends chromium fonts-noto-cjk >/dev/null; then
    exit 0
  fi
  echo "apt-get could not install it."
fi
echo "None found: installing Playwright's Chromium."
exec "$1" -m playwright install chromium
