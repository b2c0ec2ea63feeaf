#!/bin/sh
# Brings common/po up to date with the sources: crs.pot, and zh_CN.po merged with it.
#
#   scripts/i18n.sh            extract and merge; what is new or changed is left for the translator
#   scripts/i18n.sh --check    change nothing; fail when msgfmt --check finds a fault, and name the
#                              sentences of the sources that have no translation
#   scripts/i18n.sh --strict   the same, but fail for those as well: before a release
#
# Needs GNU gettext and perl.
set -eu
cd "$(dirname "$0")/.."
po=common/po
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Sentences that stand in tables without a macro around them are given one, in a copy with the same
# lines: designated members, the help topics, the words of refusals and the like are marked in place.
find common relay tui -name '*.[ch]' -o -name '*.def' | grep -v -e '^common/i18n' | LC_ALL=C sort >"$tmp/files"
while read -r f; do
    mkdir -p "$tmp/src/$(dirname "$f")"
    perl -0pe '
        my $s = qr/(?:"(?:[^"\\]|\\.)*"\s*)+/;
        s/(\.(?:summary|detail|help)\s*=\s*)($s)/$1N_($2)/g;
        s{(VALUE\(\s*)"(\w+)"}{my ($v, $n) = ($1, $2); $n =~ tr/_/ /; qq($v N_("$n"))}ge;
        s/(\.head\s*=\s*)($s)/$1N_($2)/g;
        s/(static const char topic_\w+\[\]\s*=\s*)($s);/$1N_($2);/g;
        s/(\{"[a-z-]+",\s*)($s)(,\s*topic_)/$1N_($2)$3/g;
        s/^(SET\(.*, )("[^"]*"|NULL), ($s)\)$/$1N_($2), N_($3))/gm unless $ARGV =~ m{relay/};
    ' "$f" >"$tmp/src/$f"
done <"$tmp/files"

# What the C library says of the usual faults: it has translations only where locales are generated.
mkdir -p "$tmp/src/libc"
echo libc/errno.c >>"$tmp/files"
while read -r text; do
    printf 'N_("%s")\n' "$text"
done >"$tmp/src/libc/errno.c" <<END
No such file or directory
Permission denied
Operation not permitted
Connection refused
Address already in use
Cannot assign requested address
No space left on device
Disk quota exceeded
Read-only file system
Input/output error
Is a directory
Not a directory
File exists
File name too long
Too many open files
Cannot allocate memory
Broken pipe
Exec format error
END

(cd "$tmp/src" && xgettext --files-from="$tmp/files" --language=C --from-code=UTF-8 \
    --keyword --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=P_:1,2 \
    --keyword=err_set:3 --keyword=err_hint:2 --keyword=err_prefix:2 --keyword=fault_set:3 \
    --keyword=refuse:3 --keyword=doctor_row:6 --keyword=judge_limited:3 --keyword=judge_same_again:3 \
    --keyword=judge_client:2 --keyword=judge_blocked:2 --keyword=judge_cooling:3 --keyword=judge_login:2 \
    --keyword=VALUE:4 --keyword=OWN:4 --keyword=SET:9,9t \
    --flag=_:1:pass-c-format --flag=N_:1:pass-c-format --flag=P_:1:pass-c-format \
    --flag=err_set:3:c-format --flag=err_hint:2:c-format --flag=err_prefix:2:c-format \
    --flag=fault_set:3:c-format --flag=refuse:3:c-format --flag=doctor_row:6:c-format \
    --add-location=file --no-wrap --package-name=crs --msgid-bugs-address=none \
    --copyright-holder='the authors of crs' -o "$tmp/crs.pot")
# The date would make every run a change.
sed -i -e '/^"POT-Creation-Date:/d' "$tmp/crs.pot"

if [ $# -gt 0 ]; then
    msgfmt --check -o /dev/null "$po/zh_CN.po"
    msgmerge --quiet --no-fuzzy-matching --no-wrap -o "$tmp/zh_CN.po" "$po/zh_CN.po" "$tmp/crs.pot"
    msgattrib --untranslated --no-obsolete --no-wrap "$tmp/zh_CN.po" | sed '1,/^$/d' >"$tmp/missing"
    if [ -s "$tmp/missing" ]; then
        echo "without a Chinese sentence:"
        cat "$tmp/missing"
        [ "$1" != --strict ] || exit 1
    fi
    exit 0
fi
cp "$tmp/crs.pot" "$po/crs.pot"
msgmerge --quiet --update --backup=none --no-fuzzy-matching --no-wrap "$po/zh_CN.po" "$po/crs.pot"
msgattrib --no-obsolete --no-wrap -o "$po/zh_CN.po" "$po/zh_CN.po"
msgfmt --check --statistics -o /dev/null "$po/zh_CN.po"
