/* The topics of crs help: what belongs to no single command. The manual prints them as well. */
#include "common/method.h"

static const char topic_environment[] =
    "CRS_HOST        Relay to talk to: unix:///path, ssh://[user@]host[:port][/path], or an alias.\n"
    "CRS_SOCKET      Path of the control socket, for crs and for the relay.\n"
    "CRS_CONFIG      Configuration file of the relay, instead of the usual place.\n"
    "CRS_<SECTION>_<NAME>\n"
    "                One setting of the relay; wins over the file. The section relay is left out:\n"
    "                CRS_LISTEN, CRS_LOG_LEVEL, CRS_UPSTREAM_MAX_ATTEMPTS.\n"
    "CRS_DATADIR     Directory of the shipped price, client and provider files.\n"
    "NO_COLOR        Set and not empty: no colour. CRS_COLOR=auto|always|never comes next, then\n"
    "                CLICOLOR_FORCE, then whether standard output is a terminal.\n"
    "CRS_ACCESSIBLE  1: no repaint and no signs without words; ACCESSIBLE is read as well.\n"
    "LC_ALL, LC_MESSAGES, LANG, LANGUAGE\n"
    "                Language of texts: Chinese for zh_CN.UTF-8, else English.\n"
    "PAGER           Program for more than a screenful; --no-pager does without.\n"
    "\n"
    "An option wins over the environment, that over ~/.config/crs/config, that over the built-in\n"
    "value. Secrets are never taken from the environment.\n";

static const char topic_formats[] =
    "What people write:\n"
    "  time spans   30s  15m  4h  7d  2w  1h30m  250ms; a bare number is seconds\n"
    "  moments      2026-03-01  '2026-03-01 09:00'  2026-03-01T09:00:00Z  now  today  yesterday\n"
    "               7d: so long ago for --since, so far ahead for --expires\n"
    "  money        20  $20  0.5; US dollars\n"
    "  counts       1200  50k  1.2M\n"
    "  sizes        1048576  512k  64MiB; always binary multiples\n"
    "  lists        a,b,c or the option several times\n"
    "  maps         asked=served,asked=served\n"
    "  globs        * any text, ? one character; letter case ignored\n"
    "  none, ''     gives a setting its default, which for most limits is no limit\n"
    "\n"
    "What --json writes: fields may be added, but are never renamed or given another type within\n"
    "a major version. Money is a decimal number of dollars, times are RFC 3339 in UTC, time spans\n"
    "are seconds, percentages numbers from 0 to 100, ids strings. Lists are arrays; jsonl writes\n"
    "one object a line and is the form of everything that streams.\n";

static const char topic_exit_status[] =
    "  0    done\n"
    "  1    the relay tried and failed\n"
    "  2    wrong words or values, or a question that cannot be asked without a terminal\n"
    "  3    no such thing\n"
    "  4    not allowed\n"
    "  5    conflict: name taken, still bound, changed meanwhile\n"
    "  6    a check did not pass: status --check, account test, doctor, config check\n"
    "  7    cannot reach the relay, or it speaks another protocol\n"
    "  8    took longer than --timeout; it may still happen\n"
    "  9    you said no\n"
    "  130  interrupted\n"
    "\n"
    "With several names all are tried; the status is the highest of them.\n";

static const char topic_limits[] =
    "A relay key can carry these limits; each one that is not set does not hold.\n"
    "\n"
    "  --rate-requests, --rate-tokens, --rate-cost with --rate-window\n"
    "        So much in one window. The window is fixed from the first use, or sliding.\n"
    "  --daily-cost, --weekly-cost, --monthly-cost, --total-cost, --weekly-opus-cost\n"
    "        Ceilings. Days begin in the zone of the relay; weeks at --week-day and --week-hour.\n"
    "        A request reserves what it will probably cost and settles when it has ended; the last\n"
    "        one may pass the ceiling by what it costs more than expected.\n"
    "  --at-once, --in-line, --wait\n"
    "        Requests running together; how many more may wait for a place, and how long. Places\n"
    "        are given strictly in the order of arrival.\n"
    "  --addresses, --from\n"
    "        Distinct client addresses at a time; the only ranges that may connect.\n"
    "  --models, --not-models, --services, --clients, --accounts, --groups\n"
    "        What it may use. Which client a program is can be imitated: this guides honest\n"
    "        programs and stops no dishonest one.\n"
    "\n"
    "An over-run answers 402 for a ceiling, 429 for a rate or a full line, 403 for what the key\n"
    "may not use, each as an error that the client shows. crs why REQUEST names the rule.\n";

static const char topic_states[] =
    "Accounts:\n"
    "  ready     can be chosen\n"
    "  limited   the upstream said that its quota is used up; back at the time shown\n"
    "  cooling   rests after overload, a fault or a refusal; back at the time shown\n"
    "  blocked   the upstream refuses the account; crs account reset when that is settled\n"
    "  login     its sign-in has ended; crs account login\n"
    "  off       switched off by a person; crs account on\n"
    "  expired   past the end of its subscription as set\n"
    "\n"
    "Keys:\n"
    "  active    can be used\n"
    "  paused    stopped by a person; crs key resume\n"
    "  expired   past its end; crs key extend\n"
    "  removed   can be restored for 7 days; crs key restore\n"
    "\n"
    "Requests:\n"
    "  read      its body arrives\n"
    "  line      waits for a place of its key\n"
    "  choose    an account is chosen, or waited for\n"
    "  first     sent; the first byte of the answer is awaited\n"
    "  stream    the answer runs\n"
    "  record    ended; its use is being written down\n"
    "  done, refused, failed, aborted, cancelled\n"
    "            how it ended; aborted: the client left\n";

static const char topic_remote[] =
    "crs talks to the relay through a Unix socket. For a relay on another machine it runs\n"
    "\n"
    "    ssh HOST crs dial-stdio\n"
    "\n"
    "and speaks through that: crs -H ssh://ops@relay-1 status, or CRS_HOST=ssh://ops@relay-1. Rights\n"
    "are those of that user on that machine, and no port is opened. One SSH connection is kept for\n"
    "a minute, so that the next command is quick. crs host add NAME URL gives an alias.\n"
    "\n"
    "Levels: root, the relay's own user and members of its admin group may do everything; members\n"
    "of the socket group may look, and operate what can be undone (pause, off, test, cancel); when\n"
    "no admin group is set they may do everything. Anyone else who can open the socket may look.\n"
    "\n"
    "An HTTP admin with the same methods is off until admin.admin_listen is set; it wants a token\n"
    "from crs admin token, and TLS on any address but the machine's own.\n";

static const char topic_secrets[] =
    "No secret is ever given on the command line, where every user of the machine can see it. An\n"
    "option NAME that takes a secret has three forms: --NAME-stdin reads the first line of standard\n"
    "input, --NAME-file FILE reads a file, and without either crs asks with the echo off.\n"
    "\n"
    "A new key's secret is shown once, at its creation. Elsewhere only its last four characters\n"
    "appear. The relay keeps a keyed hash of it, and the secret itself, sealed, only for keys made\n"
    "with --keep-secret. Tokens and passwords of accounts are sealed with the master key and never\n"
    "shown at all. Prompts and answers are neither stored nor logged.\n";

static const char topic_accessibility[] =
    "--accessible, or CRS_ACCESSIBLE=1: nothing is painted over, progress comes as lines, no sign\n"
    "stands without a word, questions are numbered. Colour never carries a meaning alone anywhere.\n"
    "Everything that crs-tui does can be done with crs; --json gives all of it to other programs.\n";

static const struct help_topic topics[] = {
    {"environment", "Variables that crs and the relay read", topic_environment},
    {"formats", "How times, money and lists are written", topic_formats},
    {"exit-status", "What the exit status of crs means", topic_exit_status},
    {"limits", "What can be limited on a key", topic_limits},
    {"states", "States of accounts, keys and requests", topic_states},
    {"remote", "Reaching a relay on another machine, and who may do what", topic_remote},
    {"secrets", "How secrets go in and out", topic_secrets},
    {"accessibility", "For screen readers and plain terminals", topic_accessibility},
};

const struct help_topic *help_topics(size_t *n)
{
    *n = sizeof topics / sizeof topics[0];
    return topics;
}
