#!/bin/sh
# Makes one image bootable and says in words how it went.
#
#   convert-one.sh IN [OUT]        OUT: IN's name with -bootable.iso instead of its ending
#
# ISOBOOT is the command to run, "isoboot" unless set; words in it are split: ISOBOOT='node bin/isoboot.js'.
# The exit code is isoboot's own. IN is only read, and OUT is there only when all went well.
# An image that boots already is no failure: exit 0, and without OUT when isoboot saw nothing to write.

say() {
  printf 'convert-one: %s\n' "$*" >&2
}

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
  say 'usage: convert-one.sh IN [OUT]'
  exit 2
fi

in=$1
case ${in##*/} in
  ?*.*) stem=${in%.*} ;;
  *) stem=$in ;;
esac
out=${2-$stem-bootable.iso}

# A name that starts with a dash would be read as an option.
case $in in -*) in=./$in ;; esac
case $out in -*) out=./$out ;; esac

# isoboot looks too. We look first, because below OUT tells whether there was something to write.
if [ -e "$out" ]; then
  say "$out is there already, and is left alone"
  exit 4
fi

# --ensure: done, too, when the image has an equal boot entry already.
# shellcheck disable=SC2086 # ISOBOOT may be several words
${ISOBOOT:-isoboot} inject --ensure "$in" -o "$out"
status=$?

case $status in
  0)
    if [ -e "$out" ]; then
      say "$out is bootable"
    else
      say "$in boots already: use it as it is"
    fi
    ;;
  2) say 'isoboot did not understand its options: is it too old for this script?' ;;
  3) say "$in is not an ISO 9660 image, or it is damaged: get it again" ;;
  4) say "$in cannot be made bootable as it is: see the line above" ;;
  5) say 'reading or writing failed: look at the names, the disc, the space left and the permissions' ;;
  126 | 127) say "${ISOBOOT:-isoboot} cannot be run: install isoboot, or set ISOBOOT" ;;
  *) say "isoboot ended with exit code $status" ;;
esac
exit "$status"
