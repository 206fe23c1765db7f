set -eu
gh auth login
