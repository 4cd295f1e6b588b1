#!/bin/sh
# Set up everything that the project needs on a fresh Debian or Ubuntu: uv, the locked Python
# packages, and the system packages that tests use. Says what is missing where it may not install.
set -eu
cd "$(dirname "$0")/.."

python=$(command -v python3 || true)
[ -n "$python" ] || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2; exit 2; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Python 3.11 or newer is needed; found $("$python" --version)" >&2; exit 2; }

as_root=""
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo"; else as_root="no"; fi
fi
missing=""
need() { command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing="$missing $2"; }
"$python" -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
if [ "${1:-}" != "core" ]; then
  command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
  need java default-jre-headless
  need pdftoppm poppler-utils
  ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
fi
if [ -n "$missing" ]; then
  if [ "$as_root" = "no" ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Please install:$missing   (for example: sudo apt-get install$missing)" >&2
    echo "Going on without; what needs them is skipped and says so." >&2
  else
    $as_root apt-get update -qq || true
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null \
      || echo "Could not install:$missing; what needs them is skipped and says so." >&2
  fi
fi

# A complete Chinese typeface for PDF and Word: Debian's, else the locked npm package.
if [ "${1:-}" != "core" ] && ! ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 \
   && [ ! -d assets/node_modules/@expo-google-fonts/noto-sans-sc ]; then
  if command -v npm >/dev/null 2>&1; then
    npm ci --ignore-scripts --silent --prefix assets || echo "Could not install the typeface by npm; PDF will say so." >&2
  else
    echo "No Chinese typeface: install fonts-noto-cjk or npm; PDF and Word figures will say so." >&2
  fi
fi

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
  [ -x .uv/bin/uv ] || { "$python" -m venv .uv && .uv/bin/pip install -q --disable-pip-version-check 'uv>=0.13,<0.14'; }
  uv=.uv/bin/uv
fi
"$uv" sync --frozen --quiet --python "$python"
