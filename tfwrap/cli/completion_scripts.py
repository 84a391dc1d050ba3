"""What each shell loads to complete `tfwrap`. They ask as click's own scripts do, and `complete.py` answers.

Click's own are not used: in bash they know nothing behind a colon (`tag:core`), in zsh they take `--unit=net` away
for `network`, in fish they offer nothing behind `=` and cut descriptions at the first comma.
"""

from __future__ import annotations

# Bash takes `tag:core` and `--option=value` for several words, and replaces the last one only. So what stands together
# on the line is asked for as one word, and of the answers what stands there already is cut off.
BASH = """\
_tfwrap_completion() {
    local IFS=$'\\n' rest=${COMP_LINE:0:COMP_POINT} words=() typed before answer kind value i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        typed=${COMP_WORDS[i]}
        if ((i > 0)) && [[ -n $typed && $rest != [[:blank:]]* ]]; then
            words[-1]+=$typed
        else
            words+=("$typed")
        fi
        rest=${rest#*"$typed"}
    done
    before=""
    if [[ ${words[-1]} != "$typed" ]]; then
        before=${words[-1]}
        [[ $before == -*=* ]] && before=${before#*=}
        before=${before%"${before##*[:=]}"}
    fi
    answer=$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((${#words[@]} - 1)) _TFWRAP_COMPLETE=bash_complete "$1")
    COMPREPLY=()
    while IFS=',' read -r kind value; do
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$before"}") ;;
        esac
    done <<< "$answer"
}

complete -o nosort -F _tfwrap_completion tfwrap
"""

ZSH = """\
#compdef tfwrap

_tfwrap_completion() {
    local -a plain described response
    local kind key text before=${(M)PREFIX##-*=}  # of --option=value only the value is asked for
    (( ! $+commands[tfwrap] )) && return 1
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) _TFWRAP_COMPLETE=zsh_complete tfwrap)}")
    for kind key text in ${response}; do
        case $kind in
            plain) if [[ $text == _ ]]; then plain+=("$before$key"); else described+=("$before$key:$text"); fi ;;
            dir) _path_files -/ ;;
            file) _path_files -f ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _tfwrap_completion "$@"  # from fpath
else
    compdef _tfwrap_completion tfwrap
fi
"""

FISH = """\
function _tfwrap_completion
    set -l typed (commandline -ct)
    set -l before (string match -r -- '^-[^=]*=' "$typed")
    set -l line (commandline -cp)
    for answer in (env _TFWRAP_COMPLETE=fish_complete "COMP_WORDS=$line" "COMP_CWORD=$typed" tfwrap)
        set -l parts (string split -m 1 ',' -- $answer)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo "$before$parts[2]"
        end
    end
end

complete --no-files --command tfwrap --arguments '(_tfwrap_completion)'
"""
