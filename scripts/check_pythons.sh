#!/usr/bin/env bash
# Says for each Python that pyproject.toml declares whether README's install command finds every package there.
#
# Nothing is installed and none of these interpreters is needed: uv resolves for the version that it is told, markers
# included, which `pip --dry-run --python-version` reads from the interpreter that runs it. Only wheels count, but for
# torchtext, a source release in pure Python. The extra `keras` may fail: it ends where TensorFlow does.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! uv=$(command -v uv); then
    tools=$(mktemp -d)
    trap 'rm -r "$tools"' EXIT
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q uv
    uv=$tools/bin/uv
fi

resolve() { # VERSION EXTRA
    "$uv" pip compile -q --system-certs --no-header --no-annotate --python-version "$1" --extra "$2" -c constraints.txt \
        --only-binary :all: --no-binary torchtext pyproject.toml 2>&1
}

failed=0
for version in $(grep -oP '"Programming Language :: Python :: \K3\.\d+' pyproject.toml); do
    for extra in test keras search onnx dask slurm completion notebook docs; do
        if found=$(resolve "$version" "$extra"); then
            echo "Python $version, [$extra]: installs, $(grep -c == <<<"$found") packages"
        else
            echo "Python $version, [$extra]: does not install: $(grep -m1 -oP 'cause: \K.*' <<<"$found" || tail -n1 <<<"$found")"
            [ "$extra" = keras ] || failed=1
        fi
    done
done
exit "$failed"
