/// This program's version, as `--version`, the User-Agent and the status endpoint tell it.
let version = "0.1.0"
