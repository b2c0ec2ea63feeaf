# Only the event stream of a relay, as fast as it is read or at a given rate: for long runs of who follows it.
#   events.pl SOCKET EVENTS RATE DIR      RATE 0: as fast as it goes
# Each connection has its own process and the same events. DIR/PID.10 and DIR/PID.100 appear when the reader with
# that process id has been given a tenth and all of them. 50 events stand for one second of the relay's time.
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use Socket qw(SOL_SOCKET SO_PEERCRED);
use Time::HiRes qw(time sleep);

my ($path, $events, $rate, $dir) = @ARGV;
my $begin = 1772452800; # 2026-03-02T12:00:00Z
my @keys = map { "key-$_" } 1 .. 20;
my @accounts = map { "account-$_" } 1 .. 8;

sub account_row { my ($i, $n) = @_; return qq({"id":"ac_$i","name":"$accounts[$i]","kind":"claude","state":"ready","running":) . ($n % 9) . qq(,"at_once":8,"requests_today":$n,"errors_today":0,"cost_today":) . ($n / 1000) . qq(,"five_hour":{"used":) . ($n % 100) . qq(}}); }
sub key_row { my ($i, $n) = @_; return qq({"id":"key_$i","name":"$keys[$i]","state":"active","running":) . ($n % 5) . qq(,"waiting":0,"requests_today":$n,"cost_today":) . ($n / 1000) . '}'; }
sub request_row { my ($id, $n) = @_; return qq({"id":"req_$id","started":"2026-03-02T12:00:00.000Z","ended":null,"age":) . ($n % 60) . qq(,"key":") . $keys[$id % 20] . qq(","account":") . $accounts[$id % 8] . qq(","model":"claude-sonnet-4-5","client":"claude-code","address":"127.0.0.1","path":"/v1/messages","state":"stream","first_byte":0.3,"input":0,"output":) . ($n % 4000) . qq(,"cost":0,"attempts":1,"stream":true}); }
sub status { my ($n) = @_; return qq("name":"soak","version":"0.1.0","started":"2026-03-02T12:00:00Z","running":) . ($n % 50) . qq(,"waiting":0,"requests_per_minute":300,"errors_per_minute":0,"today":{"cost":) . ($n / 100) . qq(,"requests":$n,"errors":0,"tokens":{"in":$n,"out":$n,"cache_read":$n,"cache_write":0}}); }

# What one event says: of 50, one the totals, ten progress of twenty requests, twenty their ends, the rest accounts
# and keys.
sub event {
    my ($n) = @_;
    my $what = $n % 50;
    my $id = int($n / 50) * 20 + ($what < 11 ? 2 * ($what - 1) : $what - 11);
    my ($topic, $data) =
        $what == 0 ? ('usage', '{"what":"totals",' . status($n) . '}')
        : $what < 11 ? ('request', '{"what":"progress","requests":[' . join(',', map { request_row($id + $_, $n) } 0, 1) . ']}')
        : $what < 31 ? ('request', qq({"id":"req_$id","key":"$keys[$id % 20]","account":"$accounts[$id % 8]","model":"claude-sonnet-4-5","client":"claude-code","outcome":") . ($n % 400 ? 'done' : 'failed') . qq(","status":200,"ms":3310,"attempts":1,"input":9105,"output":1500,"cost":0.08}))
        : $what < 40 ? ('account', '{"what":"progress","accounts":[' . account_row($n % 8, $n) . ']}')
        : ('key', '{"what":"progress","keys":[' . key_row($n % 20, $n) . ']}');
    my $at = ($begin + int($n / 50)) . '000';
    return qq({"jsonrpc":"2.0","method":"event","params":{"n":$n,"seq":$n,"topic":"$topic","at":$at,"data":$data}}\n);
}

sub answer {
    my ($line) = @_;
    my ($id) = $line =~ /"id":(\d+)/;
    my ($method) = $line =~ /"method":"([^"]+)"/;
    my $result =
        $method eq 'hello' ? '{"protocol":1,"server":"0.1.0","name":"soak","level":"admin","uid":0,"user":"root","zone":"UTC"}'
        : $method eq 'event.subscribe' ? '{"seq":0,"at":"2026-03-02T12:00:00Z","snapshot":{"status":{' . status(0) . ',"attention":[]},"accounts":[' . join(',', map { account_row($_, 0) } 0 .. 7) . '],"keys":[' . join(',', map { key_row($_, 0) } 0 .. 19) . '],"requests":[]}}'
        : $method eq 'system.status' ? '{' . status(0) . ',"attention":[]}'
        : '{"items":[]}';
    return (qq({"jsonrpc":"2.0","id":$id,"result":$result}\n), $method eq 'event.subscribe');
}

sub serve {
    my ($c) = @_;
    my ($pid) = unpack('i', getsockopt($c, SOL_SOCKET, SO_PEERCRED));
    my $sel = IO::Select->new($c);
    my ($in, $n, $live, $from) = ('', 0, 0, 0);
    while (1) {
        my $due = !$live ? 0 : $n >= $events ? 0 : $rate ? int((time - $from) * $rate) - $n : 500;
        $due = $events - $n if $due > $events - $n;
        if ($sel->can_read($due > 0 ? 0 : $live && $n < $events ? 0.02 : 1)) {
            return unless sysread($c, $in, 65536, length $in);
            while ($in =~ s/^([^\n]*)\n//) {
                my ($text, $began) = answer($1);
                print $c $text or return;
                ($live, $n, $from) = (1, 0, time) if $began;
            }
            $c->flush;
        }
        my $out = '';
        $out .= event(++$n) for 1 .. $due;
        print $c $out or return if $out ne '';
        $out = qq({"jsonrpc":"2.0","method":"event.heartbeat","params":{"n":$n,"seq":$n}}\n) if $live && $n >= $events;
        print $c $out or return if $live && $n >= $events;
        $c->flush;
        for my $share (10, 100) {
            next if $n < $events * $share / 100 || -e "$dir/$pid.$share" || !$live;
            open(my $f, '>', "$dir/$pid.$share") or die;
        }
    }
}

$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
unlink $path;
my $l = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path, Listen => 8) or die "$path: $!";
while (my $c = $l->accept) {
    my $child = fork // die;
    if ($child == 0) { close $l; serve($c); exit 0; }
    close $c;
}
