# A picture of a screen without what differs from run to run: times, made-up ids, ports. Widths stay, so
# that columns that slip are seen.   normalise.pl DIR [MASK...]   masks: chart address
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));

my ($dir, @masks) = @ARGV;
my %mask = map { $_ => 1 } @masks;
local $/;
my $s = <STDIN>;

# The cells of a text: signs beyond ASCII are two wide here, but for those of charts.
sub cells { my ($t) = @_; return length($t) + (() = $t =~ /[\x{2E80}-\x{FFEF}]/g); }
# keep(TEXT, CELLS): TEXT in as many cells as what it stands for.
sub keep { my ($t, $n) = @_; return $t . (' ' x ($n > cells($t) ? $n - cells($t) : 0)); }
# In a column the width stays; within a sentence it need not.
sub when { my ($whole, $after) = @_; return length $after < 2 ? "(when)$after" : keep('(when)', cells($whole)); }
sub span {
    my ($before, $text, $after) = @_;
    my $n = length $text;
    return (' ' x (length($before) + $n - 2)) . "Ns$after" if length $before >= 2 && $n >= 2;
    return "${before}Ns" . (' ' x (length($after) + $n - 2)) if length $after >= 2;
    return "${before}Ns$after";
}

# The first line: host, version, time since the start; its right end stays in place.
$s =~ s{^ crs-tui  \S+  v\S+(?:  \S.*?)?(?: {2,})(?=\S+(?: \d\d:\d\d)?  \d\d:\d\d:\d\d)}
       {keep(' crs-tui  HOST  vX.Y.Z  up T', cells($&))}e;
$s =~ s{AWAY \d\d:\d\d}{AWAY mm:ss}g;
$s =~ s{STALE \d+s}{STALE Ns}g;
$s =~ s{\d\d:\d\d:\d\d}{hh:mm:ss}g;
$s =~ s{(?<!\d)\d\d:\d\d(?!\d)}{hh:mm}g;
$s =~ s{(?<=[ ])\d:\d\d(?= )}{m:ss}g;
$s =~ s{\Q$dir\E}{DIR}g;
$s =~ s{(?<![\d.])\d+\.\d+\.\d+(?![\d.])}{X.Y.Z}g;
$s =~ s{127\.0\.0\.1:\d+}{127.0.0.1:PORT.}g;
$s =~ s{req_[0-9a-z]{16}}{req_xxxxxxxxxxxxxxxx}g;
$s =~ s{req_[0-9a-z]{5}~}{req_xxxxx~}g;
$s =~ s{^(.)[0-9a-z]{8}(?= +(?:hh:mm|m:ss))}{$1xxxxxxxx}gm;
$s =~ s{(?<=hh:mm:ss  )[0-9a-z]{8}(?= )}{xxxxxxxx}g;
$s =~ s{\bac_[0-9a-z]{8}}{ac_xxxxxxxx}g;
$s =~ s{\bkey_[0-9a-z]{6,}}{'key_' . 'x' x (length($&) - 4)}ge;
$s =~ s{cr_\.\.\.[0-9a-f]{4}}{cr_...xxxx}g;
$s =~ s{^(.{60,100} )[0-9a-f]{4}(?=  |$)}{$1xxxx}gm;
$s =~ s{cr_[0-9a-f]{64}}{'cr_' . 'x' x 64}ge;
$s =~ s{cr_[0-9a-f]{20,}}{'cr_' . 'x' x (length($&) - 3)}ge;
$s =~ s{(?:\((?:in [^()]*|[^()]* ago)\)|（[^（）]*[前后]）)( *)}{when($&, $1)}ge;
# The same, cut by a window that lies over it.
$s =~ s{[(（](?:in )?[\d.]+m?[smhd][^()（）|+\n]*(?=[|+])}{keep('(when', cells($&))}ge;
$s =~ s{\+ *\d+ ms}{+     N ms}g;
$s =~ s{30s 15m 4h 7d}{<forms>}g;
$s =~ s{( *)(?<![\w.\$-])(\d+(?:\.\d+)?(?:ms|[smhd])(?: \d+[smh])?)(?![\w-])( *)}{span($1, $2, $3)}ge;
$s =~ s{<forms>}{30s 15m 4h 7d}g;
$s =~ s{good for .*}{good for T}g;
$s =~ s{\d+\.\d s\b}{N s}g;
$s =~ s{ in Ns \(try \d+\)}{ in Ns (try N)}g;
$s =~ s{\d+(?= (?:req|errors)/min| ?(?:请求|次请求|错误|次错误)/)}{N}g;
$s =~ s{(有效 ).*}{$1T}g;
$s =~ s{(每分钟) \d+}{$1 N}g;
$s =~ s{^( *\S* \|).*$}{$1}gm if $mask{chart};
$s =~ s{^   https://.*?(?=^ Ctrl-O|^$)}{   ADDRESS\n}ms if $mask{address};
$s =~ s{(?<=does not answer: ).*}{WHY}g; # closed, or not there: as it was when one looked
$s =~ s{[ \t]+$}{}gm;
$s =~ s{\n+\z}{\n};
print $s;
