# Completes drumfire's command lines in bash. Written by `drumfire completions bash`.

# Completes the current word with the results of compgen.
_drumfire_reply() {
    local reply
    COMPREPLY=()
    while IFS= read -r reply; do
        COMPREPLY+=("$reply")
    done < <(compgen "$@")
}

_drumfire_files() {
    compopt -o filenames 2>/dev/null
    _drumfire_reply -f -- "$1"
}

_drumfire() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[0]##*/} flag='' equals='' flags='' at=1

    if [[ $command == drumfire ]]; then
        # The flag that may precede a command; `=` is a separate word, see below.
        while ((at < COMP_CWORD)) && [[ ${COMP_WORDS[at]} == -cpus || ${COMP_WORDS[at]} == --cpus ]]; do
            if [[ ${COMP_WORDS[at + 1]} == '=' ]]; then ((at += 3)); else ((at += 2)); fi
        done
        command=${COMP_WORDS[at]}
        if ((COMP_CWORD < at)); then
            COMPREPLY=()
            return
        elif [[ $COMP_CWORD == "$at" && $word == -* ]]; then
            _drumfire_reply -W '-cpus= -version' -- "$word"
            compopt -o nospace 2>/dev/null
            return
        elif [[ $COMP_CWORD == "$at" || $COMP_CWORD == $((at + 1)) && $command == help ]]; then
            _drumfire_reply -W '{{commands}} help version' -- "$word"
            return
        fi
    fi

    # After `--`, nothing is a flag.
    if [[ " ${COMP_WORDS[*]:0:COMP_CWORD} " == *' -- '* ]]; then
        _drumfire_files "$word"
        return
    fi

    # bash splits `-flag=value` into three words: `-flag`, `=` and `value`.
    if [[ $word == '=' ]]; then
        flag=$before equals='=' word=''
    elif [[ $before == '=' ]]; then
        flag=${COMP_WORDS[COMP_CWORD - 2]} equals='='
    elif [[ $before == -* ]]; then
        flag=$before
    fi
    flag=${flag#-}

    case "$command -${flag#-}$equals" in
{{values}}
    esac

    case $command in
{{flags}}
    esac
    case $word in
        # Two dashes are equivalent to one.
        --*) _drumfire_reply -P - -W "$flags" -- "${word#-}" ;;
        -*) _drumfire_reply -W "$flags" -- "$word" ;;
        *)
            case $command in
                {{readers}}) _drumfire_files "$word" ;;
            esac
            return
            ;;
    esac
    # No space after `-flag=`, since its value follows.
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -F _drumfire drumfire {{links}}
