# Thousands of signed heads and proofs changed at random: is the program ever laxer than Go?
# shellcheck shell=sh
if ! command -v python3 > /dev/null; then
	echo '1..0 # SKIP there is no python3'
	exit 0
fi
PYTHONDONTWRITEBYTECODE=1 python3 "$CASES/../live/differential_log.py"
