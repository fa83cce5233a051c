"""What is printed: tables, and on which machine, when and of which commit they are."""

import datetime
import os
import platform
import re
import subprocess


def table(headings, rows):
    """The first column to the left, figures to the right."""
    cells = [headings, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    lines = []
    for row in cells:
        parts = [cell.ljust(width) if column == 0 else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(parts).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def figure(value, digits=None):
    """Three digits that say something; a dash for what there is none of."""
    if value is None:
        return "-"
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"


def mb(count):
    return None if count is None else count / 1e6


def _command(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def circumstances(root):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*:\s*(.*)", file.read())
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(re.search(r"MemTotal:\s*(\d+)", file.read())[1]) / 1024**2
    git = ("git", "-c", "safe.directory=*", "-C", root)
    commit = _command(*git, "rev-parse", "--short=12", "HEAD") or "unknown"
    if _command(*git, "status", "--porcelain", "--untracked-files=no"):
        commit += " with changes"
    libvirt = _command("dpkg-query", "-W", "-f", "${Version}", "libvirt0")
    one, five, _ = os.getloadavg()
    return "\n".join([
        f"machine  {model[1] if model else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Linux {platform.release()}, libvirt {libvirt or 'unknown'}",
        f"date     {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, load {one:.2f} {five:.2f}",
        f"commit   {commit}",
    ])
