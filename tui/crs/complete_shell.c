/* What bash, zsh and fish read. Each only hands the line over and takes the answer: crs __complete
 * knows the rest. */
#include <string.h>
#include "tui/crs/command_rows.h"
#include "tui/crs/complete.h"

/* bash cuts words at '=' and ':'; they are put together again for crs, and what it answers is cut
 * to the piece that bash replaces. */
static const char bash[] =
    "# Completion of crs for bash. Made by: crs completion bash\n"
    "_crs() {\n"
    "    local IFS=$'\\n' word piece cur=${COMP_WORDS[COMP_CWORD]} line value files= i\n"
    "    local -a words=()\n"
    "    for ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "        piece=${COMP_WORDS[i]}\n"
    "        if ((i > 1)) && [[ $piece == [=:]* || ${COMP_WORDS[i - 1]} == *[=:] ]] &&\n"
    "            [[ ${#words[@]} -gt 0 ]]; then\n"
    "            words[${#words[@]} - 1]+=$piece\n"
    "        else\n"
    "            words+=(\"$piece\")\n"
    "        fi\n"
    "    done\n"
    "    word=${words[${#words[@]} - 1]}\n"
    "    [[ $cur == [=:] ]] && cur=\n"
    "    COMPREPLY=()\n"
    "    while read -r line; do\n"
    "        value=${line%%$'\\t'*}\n"
    "        if [[ $value == :files ]]; then\n"
    "            files=1\n"
    "        elif [[ -n $value ]]; then\n"
    "            COMPREPLY+=(\"$(printf '%q' \"${value#\"${word%\"$cur\"}\"}\")\")\n"
    "        fi\n"
    "    done < <(\"${COMP_WORDS[0]}\" __complete \"${words[@]}\" 2>/dev/null)\n"
    "    if [[ -n $files ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
    "    fi\n"
    "}\n"
    "complete -F _crs crs\n";

static const char zsh[] =
    "#compdef crs\n"
    "# Completion of crs for zsh. Made by: crs completion zsh\n"
    "_crs() {\n"
    "    local line value files\n"
    "    local -a values shown\n"
    "    while IFS= read -r line; do\n"
    "        value=${line%%$'\\t'*}\n"
    "        if [[ $value == :files ]]; then\n"
    "            files=1\n"
    "        elif [[ -n $value ]]; then\n"
    "            values+=(\"$value\")\n"
    "            if [[ -n ${line#*$'\\t'} ]]; then\n"
    "                shown+=(\"$value  -- ${line#*$'\\t'}\")\n"
    "            else\n"
    "                shown+=(\"$value\")\n"
    "            fi\n"
    "        fi\n"
    "    done < <(\"${words[1]}\" __complete \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)\n"
    "    (( ${#values} )) && compadd -l -d shown -a values\n"
    "    [[ -n $files ]] && _files\n"
    "    return 0\n"
    "}\n"
    "if [[ ${funcstack[1]} == _crs ]]; then\n"
    "    _crs \"$@\"\n"
    "else\n"
    "    compdef _crs crs\n"
    "fi\n";

static const char fish[] =
    "# Completion of crs for fish. Made by: crs completion fish\n"
    "function __crs_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l cur (commandline -ct)\n"
    "    for line in ($words[1] __complete $words[2..-1] \"$cur\" 2>/dev/null)\n"
    "        if test \"$line\" = :files\n"
    "            __fish_complete_path \"$cur\"\n"
    "        else\n"
    "            echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c crs -f -a '(__crs_complete)'\n";

const char *completion_script(const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        return bash;
    if (strcmp(shell, "zsh") == 0)
        return zsh;
    return strcmp(shell, "fish") == 0 ? fish : NULL;
}

int run_completion(struct crs *c, struct err *err)
{
    struct buf out = BUF_INIT;
    const char *script = completion_script(own_text(c, "shell"));
    buf_adds(&out, script ? script : "");
    int r = terminal_put(c, &out, err);
    buf_release(&out);
    return r;
}
