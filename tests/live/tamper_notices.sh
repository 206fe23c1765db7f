# The tamper cases about histories (live/tamper) once more, on logs that hold notices: what a witness saw,
# and how a log continues one and is continued.
# shellcheck shell=sh
if ! command -v python3 > /dev/null; then
	echo '1..0 # SKIP there is no python3'
	exit 0
fi
folder=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/tamper.XXXXXX")" && pwd -P)
trap 'rm -rf "$folder"' EXIT
trap 'exit 143' INT TERM HUP
umask 077
PYTHONDONTWRITEBYTECODE=1 python3 "$CASES/../live/tamper_notices.py" "$folder"
