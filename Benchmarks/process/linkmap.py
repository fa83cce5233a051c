"""lld's link map: which functions and constants are where in the executable, and of which object file."""

import dataclasses
import re

LINE = re.compile(r" *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ ( *)(.*)")


@dataclasses.dataclass
class Section:
    """A section of an object file, in the executable."""

    output: str
    address: int
    size: int
    file: str
    symbols: list


def sections(path):
    found, output = [], None
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = LINE.match(line)
            if not match:
                continue
            depth, name = len(match[3]), match[4]
            if depth == 0:
                output = name
            elif depth == 8:
                file = name.rpartition(":(")[0] or name
                found.append(Section(output, int(match[1], 16), int(match[2], 16), file, []))
            elif found:
                found[-1].symbols.append(name)
    return found
