#!/bin/sh
# Turn files into C: embed.sh FILE... prints `const struct shipped_file shipped_files[]` with their
# base names and bytes, in the given order, ended by a row of zeros.
set -eu
echo '#include "model/shipped.h"'
echo
n=0
for file in "$@"; do
	printf 'static const unsigned char bytes_%d[] = {\n' "$n"
	od -An -v -tu1 "$file" | sed 's/\([0-9][0-9]*\)/\1,/g'
	echo '0};'
	n=$((n + 1))
done
echo
echo 'const struct shipped_file shipped_files[] = {'
n=0
for file in "$@"; do
	printf '\t{"%s", bytes_%d, sizeof(bytes_%d) - 1},\n' "${file##*/}" "$n" "$n"
	n=$((n + 1))
done
echo '	{0},'
echo '};'
