#!/bin/sh
# Set up everything that the project needs on a fresh Debian or Ubuntu: uv, the locked Python
# packages, and the system packages that tests use. Says what is missing where it may not install.
set -eu
cd "$(dirname "$0")/.."

# Say a sentence in Chinese, or in English where LANG asks for it, as the program does.
say() {
  case "${SANFU_LANG:-${LC_ALL:-${LANG:-}}}" in
    [Ee][Nn]*) echo "$2" >&2 ;;
    *) echo "$1" >&2 ;;
  esac
}

python=$(command -v python3 || true)
found=$([ -z "$python" ] || "$python" --version)
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  say "需要 Python 3.11 或更新（找到：${found:-无}）：apt-get install python3 python3-venv" \
    "Python 3.11 or newer is needed (found: ${found:-none}): apt-get install python3 python3-venv"
  exit 2
fi

as_root=""
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo"; else as_root="no"; fi
fi
missing=""
need() { command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing="$missing $2"; }
uv=$(command -v uv || echo .uv/bin/uv)
can_venv() { "$python" -c 'import venv, ensurepip' 2>/dev/null; }
command -v "$uv" >/dev/null 2>&1 || can_venv || missing="$missing python3-venv"
if [ "${1:-}" != "core" ]; then
  command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
  ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1 || missing="$missing libatomic1"  # Playwright's
  need java default-jre-headless
  need pdftoppm poppler-utils
  ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
fi
if [ -n "$missing" ]; then
  if [ "$as_root" = "no" ] || ! command -v apt-get >/dev/null 2>&1; then
    say "缺少系统软件包，请管理员运行：apt-get install$missing" \
      "System packages are missing; ask an administrator for: apt-get install$missing"
    say "没有它们，用到的部分会跳过并说明" "What needs them is skipped and says so."
  else
    say "正在安装（首次约一两分钟）：$missing" "Installing (a minute or two, once):$missing"
    $as_root apt-get update -qq || true
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null \
      || say "没有装上：$missing" "Could not install:$missing"
  fi
fi

if ! command -v "$uv" >/dev/null 2>&1 && ! can_venv; then
  say "没有 python3-venv 无法继续；装好后再运行同一条命令" \
    "Cannot go on without python3-venv; install it and run the same command again"
  exit 2
fi
# A complete Chinese typeface for PDF and Word: Debian's, else the locked npm package.
if [ "${1:-}" != "core" ] && ! ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 \
   && [ ! -d assets/node_modules/@expo-google-fonts/noto-sans-sc ]; then
  if command -v npm >/dev/null 2>&1; then
    npm ci --ignore-scripts --silent --prefix assets \
      || say "npm 没有装上中文字体；PDF 里会说明" "Could not install the typeface by npm; PDF will say so."
  else
    say "没有中文字体：请安装 fonts-noto-cjk 或 npm；PDF 和 Word 的图里会说明" \
      "No Chinese typeface: install fonts-noto-cjk or npm; PDF and Word figures will say so."
  fi
fi

if ! command -v "$uv" >/dev/null 2>&1; then
  say "正在安装 uv 和锁定的 Python 软件包……" "Installing uv and the locked Python packages …"
  "$python" -m venv .uv
  .uv/bin/pip install -q --disable-pip-version-check 'uv>=0.13,<0.14'
fi
"$uv" sync --frozen --quiet --python "$python"
