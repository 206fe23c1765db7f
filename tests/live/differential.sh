# Thousands of receipts changed at random: is the program ever laxer than other people's verifiers?
# shellcheck shell=sh
if ! command -v python3 > /dev/null; then
	echo '1..0 # SKIP there is no python3'
	exit 0
fi
folder=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/differential.XXXXXX")" && pwd -P)
trap 'rm -rf "$folder"' EXIT
trap 'exit 143' INT TERM HUP
umask 077
PYTHONDONTWRITEBYTECODE=1 python3 "$CASES/../live/differential.py" "$folder"
