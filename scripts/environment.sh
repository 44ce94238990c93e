# Sourced by the scripts beside it, never run: sets up .venv in the repository's root.
# shellcheck shell=sh

venv=.venv

say() {
    printf '== %s\n' "$*"
}

# Print the first Python that is new enough; $PYTHON, where it is set, is the only candidate.
find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    echo "error: no Python 3.11 or newer found, install one or name it in PYTHON" >&2
    return 1
}

# Print a hash of everything that an installation depends on.
fingerprint() {
    "$venv/bin/python" - <<'PYTHON'
import hashlib, pathlib, sys
names = ("setup.cfg", "pyproject.toml", "constraints.txt")
parts = [pathlib.Path(name).read_bytes() for name in names]
# The folder too: an editable installation points at it.
parts += [str(pathlib.Path.cwd()).encode(), sys.version.encode()]
print(hashlib.sha256(b"\0".join(parts)).hexdigest())
PYTHON
}

# set_up TARGET: install the requirement TARGET, `.` or `.[test]`, editable, at the versions that
# constraints.txt pins. Does nothing where that was done before and nothing has changed since.
set_up() {
    if ! "$venv/bin/python" -c '' 2>/dev/null; then
        python=$(find_python)
        say "making $venv with $("$python" --version)"
        "$python" -m venv --clear "$venv"
    fi
    if [ "$(cat "$(stamp "$1")" 2>/dev/null)" = "$(fingerprint)" ]; then
        say "using what is installed in $venv"
        return
    fi
    torch=$(grep '^torch==' constraints.txt)
    say "installing $torch"
    "$venv/bin/python" -m pip install --quiet -c constraints.txt "$torch"
    say "installing $1"
    "$venv/bin/python" -m pip install --quiet -c constraints.txt -e "$1"
    for target in . "$1"; do
        fingerprint >"$(stamp "$target")"
    done
}

# Print the file that tells what the installed TARGET was made of.
stamp() {
    printf '%s/installed%s\n' "$venv" "$(printf '%s' "$1" | tr -c 'a-z' '-')"
}
