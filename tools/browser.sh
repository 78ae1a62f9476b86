#!/usr/bin/env bash
# Makes sure that the tests have a browser: Debian's Chromium and its headless shell where we may install them (the shell
# draws no window, which costs a sixth of the time; it has no back/forward cache), else a Chrome or Chromium that is
# there, else Playwright's own. Says which. Usage: browser.sh PYTHON
set -euo pipefail

if ! { command -v chromium && command -v chromium-headless-shell; } >/dev/null && command -v apt-get >/dev/null && [[ $(id -u) == 0 ]]; then
  echo "Installing Debian's Chromium, its headless shell and a Korean font."
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install --yes --no-install-recommends chromium chromium-headless-shell fonts-noto-cjk >/dev/null ||
    echo "apt-get could not install them."
fi
for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable chrome; do
  if path=$(command -v "$name"); then
    echo "Found $path."
    exit 0
  fi
done
if [[ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]]; then
  echo "Found Google Chrome."
  exit 0
fi
echo "None found: installing Playwright's Chromium."
exec "$1" -m playwright install chromium
