"""The root of the command tree, made in the language and with the rooms that a call needs."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TextIO, cast

import typer
from typer.exceptions import Abort, TyperException

from sanfu import __version__
from sanfu.cli.app import BAD_USE, say, t
from sanfu.cli.words import PANELS, ChineseStream, in_chinese
from sanfu.errors import SanfuError, unwritten
from sanfu.language import LANGUAGES, current_language

ROOMS: dict[str, tuple[str, ...]] = {
    # module of sanfu.cli: the commands that its register(app) adds to the root
    "registry": ("new", "import", "ledger", "backup"),
    "sample": ("sample",),
    "ladder": ("ladder",),
    "index": ("index",),
    "exchange": ("exchange",),
    "report": ("report",),
    "demo": ("demo",),
    "serve": ("serve",),
}


STOPPED = 130
"""Exit code where the keyboard stopped it."""


def build_app(arguments: list[str]) -> typer.Typer:
    """Make the app; only the room of the command asked for is imported, all for the root's help."""
    app = typer.Typer(
        name="sanfu",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        help=t(
            "三赋 Sanfu：看清企业、托举企业、衡量区域、对接供需。全部在本机运行，"
            "不上传任何数据。\n\n"
            "所有判断都是自检/测算，不是认定：只有主管部门可以认定。",
            "Sanfu 三赋: know firms, raise them, measure regions, connect needs. "
            "Everything runs on this machine; nothing is sent anywhere.\n\n"
            "All verdicts are self-checks, never recognition: only the authorities may recognise.",
        ),
        epilog=t(
            "第一次用：sanfu new 办公室；sanfu import 名单.xlsx -w 办公室 --dry-run（先看，再去掉 "
            "--dry-run 导入）；sanfu index build shanghai-srdi -w 办公室 --year 2023；"
            "sanfu ladder check -w 办公室 --tier srdi。没有数据时先看 sanfu demo。\n\n"
            "每个命令加 --help 看说明，加 --json 给程序读。"
            "退出码：0 完成；1 完成，但发现了问题；2 用法或输入不对。",
            "First steps: sanfu new office; sanfu import list.xlsx -w office --dry-run (look, then "
            "import without --dry-run); sanfu index build shanghai-srdi -w office --year 2023; "
            "sanfu ladder check -w office --tier srdi. Without data, see sanfu demo first.\n\n"
            "Every command explains itself with --help; --json is for programs. "
            "Exit codes: 0 done; 1 done, and problems were found; 2 wrong use or input.",
        ),
    )

    @app.callback()
    def _root(
        lang: str = typer.Option("", "--lang", help=t("语言：zh 或 en", "language: zh or en")),
        debug: bool = typer.Option(False, "--debug", help=t("出错时显示调用栈", "show tracebacks")),
        version: bool = typer.Option(
            False,
            "--version",
            is_eager=True,
            callback=_say_version,
            help=t("显示版本号并退出。", "Show the version and exit."),
        ),
    ) -> None:
        del debug, version
        if lang and lang not in LANGUAGES:
            wanted = t("只能是 zh 或 en", "must be zh or en")
            raise typer.BadParameter(f"{lang!r}: {wanted}", param_hint="--lang")

    command = next((a for a in arguments if not a.startswith("-") and a not in ("zh", "en")), None)
    for module, commands in ROOMS.items():
        if command is None or command in commands or not _known(command):
            import_module(f"sanfu.cli.{module}").register(app)
    return app


def _say_version(asked: bool) -> None:
    if asked:
        say(f"sanfu {__version__}")
        raise typer.Exit


def _known(command: str) -> bool:
    return any(command in commands for commands in ROOMS.values())


def speak_chinese() -> None:
    """Make the library's own headings and sentences Chinese."""
    from typer import rich_utils

    for constant, words in PANELS.items():
        setattr(rich_utils, constant, words)
    sys.stdout = cast("TextIO", ChineseStream(sys.stdout))
    sys.stderr = cast("TextIO", ChineseStream(sys.stderr))


def run(app: typer.Typer) -> None:
    """Run the app; a wrong input ends with its message and exit code 2."""
    if current_language() == "zh" and not {"--json"} & set(sys.argv):
        speak_chinese()
    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        _say_usage(error)
        raise SystemExit(error.exit_code) from None
    except Abort:
        typer.echo(t("已停止。", "stopped."), err=True)
        raise SystemExit(1) from None
    except SanfuError as error:
        if "--debug" in sys.argv:
            raise
        typer.echo(f"{t('错误', 'error')}: {error}", err=True)
        raise SystemExit(BAD_USE) from None
    except OSError as error:
        if "--debug" in sys.argv:
            raise
        fault = unwritten(error.filename or t("（未名文件）", "(a file without a name)"), error)
        typer.echo(f"{t('错误', 'error')}: {fault}", err=True)
        raise SystemExit(BAD_USE) from None
    if code == STOPPED:
        typer.echo(t("已停止。", "stopped."), err=True)
    raise SystemExit(code or 0)


def _say_usage(error: TyperException) -> None:
    """Say what was wrong with the command, whole and in the current language, in a box."""
    from typer.rich_utils import rich_format_error

    said = error.format_message()
    wrong = error.__cause__
    if wrong is not None and hasattr(wrong, "errors"):  # a value that pydantic refused
        from sanfu.content import validation_text

        found = validation_text(wrong.errors()[0])
        said = said.replace(str(getattr(error, "message", "")), str(found))
    if current_language() == "zh":
        said = in_chinese(said)
    error.format_message = lambda: said  # type: ignore[method-assign]
    rich_format_error(error)  # type: ignore[arg-type]
