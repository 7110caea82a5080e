#!/usr/bin/env bash
# Installs what Lectern needs and is not there yet: PostgreSQL's server programs, the pgvector extension and a C
# compiler (for `go test -race`). It runs before every `make run` and `make test`; where all is there it looks at a few
# files and says one line.
#
# Debian and Ubuntu: through apt, as root or through sudo. The machine's own database clusters and APT configuration
# stay as they are. Elsewhere it only checks, and says what to install.
#
#   scripts/setup.sh            install what is missing
#   scripts/setup.sh --check    change nothing; exit status 1 if something is missing
#
# Environment: LECTERN_PG_BIN, the directory with initdb and postgres, where they are in an unusual place.
set -euo pipefail
unset CDPATH
export LC_ALL=C

# The oldest PostgreSQL the schema is tested on, and three versions of pgvector. Below `usable` there is no halfvec with
# iterative scans. From `wanted` on no memory or index error is known: 0.6.0 to 0.8.1 overflow a buffer in parallel HNSW
# builds (CVE-2026-3172), 0.8.3 and 0.8.4 mend index corruption and insert errors. `pinned` is fetched by its hash.
oldest_postgres=15
usable_pgvector=0.8.0
wanted_pgvector=0.8.4
pinned_pgvector=0.8.6
pinned_sha256=25c9b78cfdaa43c66788d7490246ac24e4fe1c86f19c4b60c089b723f84a4a0d

state=/var/lib/lectern                         # remembers that no newer pgvector could be had
kept="$state/pgvector-too-old-but-kept"

say() { printf 'setup: %s\n' "$*"; }
warn() { printf 'setup: warning: %s\n' "$*" >&2; }
die() {
	printf 'setup: %s\n' "$*" >&2
	exit 1
}

# at_least A B: version A is B or newer. Numbers only; `sort -V` is missing on older Macs.
at_least() {
	local a b IFS=.
	# shellcheck disable=SC2206 # splitting at the dots is the point
	a=(${1%%[!0-9.]*}) b=(${2%%[!0-9.]*})
	local i
	for i in 0 1 2; do
		[ "${a[i]:-0}" -gt "${b[i]:-0}" ] && return 0
		[ "${a[i]:-0}" -lt "${b[i]:-0}" ] && return 1
	done
	return 0
}

# --- what is there ----------------------------------------------------------------------------------------------------

# find_postgres sets pg_bin and pg_version (the major version) to the newest server programs that are installed.
find_postgres() {
	pg_bin='' pg_version=0
	local dir version
	for dir in ${LECTERN_PG_BIN:+"$LECTERN_PG_BIN"} /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin \
		/opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
		if ! { [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && [ -x "$dir/pg_config" ]; }; then
			continue
		fi
		version=$("$dir/pg_config" --version) || continue
		version=${version#PostgreSQL } version=${version%%[!0-9]*}
		if [ "${version:-0}" -gt "$pg_version" ]; then
			pg_bin=$dir pg_version=$version
		fi
		if [ "$dir" = "${LECTERN_PG_BIN:-}" ]; then break; fi
	done
	if [ -n "${LECTERN_PG_BIN:-}" ] && [ "$pg_bin" != "$LECTERN_PG_BIN" ]; then
		die "LECTERN_PG_BIN is $LECTERN_PG_BIN, but initdb, postgres and pg_config are not all there; correct it or unset it."
	fi
}

# find_pgvector sets pgvector to the version that CREATE EXTENSION would take, or to nothing.
find_pgvector() {
	pgvector=''
	[ -n "$pg_bin" ] || return 0
	local control
	control="$("$pg_bin/pg_config" --sharedir)/extension/vector.control"
	[ -r "$control" ] || return 0
	pgvector=$(sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" "$control")
}

# A linked program proves the compiler, the linker and the C library's headers, but costs 50 ms: ask for the parts.
have_compiler() {
	command -v "${CC:-gcc}" >/dev/null 2>&1 || command -v cc >/dev/null 2>&1 || return 1
	[ "$(uname -s)" != Linux ] || [ -e /usr/include/stdlib.h ]
}

pgvector_settled() {
	[ -n "$pgvector" ] || return 1
	at_least "$pgvector" "$wanted_pgvector" && return 0
	at_least "$pgvector" "$usable_pgvector" && [ -e "$kept" ] && [ "$(cat "$kept")" = "$pgvector" ]
}

warn_old_pgvector() {
	at_least "$pgvector" "$wanted_pgvector" ||
		warn "pgvector $pgvector has known errors in HNSW indexes, mended in $wanted_pgvector; Lectern builds none by default. Remove $kept and run scripts/setup.sh to look for a newer one."
}

check_go() {
	local go=${GO:-go} version
	command -v "$go" >/dev/null 2>&1 || die "Go is not in PATH; install Go 1.26 or newer and put its bin directory into PATH."
	version=$(GOTOOLCHAIN=local "$go" env GOVERSION)
	at_least "${version#go}" 1.21 ||
		die "this is ${version/go/Go }, too old to fetch the toolchain that go.mod asks for; install Go 1.26 or newer."
}

everything_there() {
	find_postgres
	find_pgvector
	[ "$pg_version" -ge "$oldest_postgres" ] && have_compiler && pgvector_settled
}

# --- the means to change it -------------------------------------------------------------------------------------------

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -- "$@"
	fi
}

need_root() {
	[ "$(id -u)" -eq 0 ] && return 0
	command -v sudo >/dev/null 2>&1 ||
		die "installing $1 needs root, and there is no sudo here; run scripts/setup.sh once as root."
	sudo -n true 2>/dev/null && return 0
	[ -t 0 ] || die "installing $1 needs root, and sudo asks for a password that nobody can type here; run scripts/setup.sh once in a terminal."
	say "installing $1 needs root; sudo may ask for your password"
	sudo -v || die "sudo refused; run scripts/setup.sh once as root, or ask an administrator to."
}

# quietly TITLE COMMAND...: output goes to the log and is shown only if the command fails.
quietly() {
	local title=$1
	shift
	printf '\n== %s\n' "$title: $*" >>"$log"
	"$@" >>"$log" 2>&1 </dev/null
}

give_up() {
	tail -n 15 "$log" | sed 's/^/    /' >&2
	die "$*"
}

# apt_get COMMAND...: apt-get that never asks, and waits up to five minutes for another package manager to finish. Its own
# lock timeout covers installing; for the package lists we look at the message.
apt_get() {
	local attempt out="$tmp/apt.out"
	for attempt in $(seq 60); do
		if as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y -o DPkg::Lock::Timeout=300 \
			-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o APT::Sandbox::User=root "$@" >"$out" 2>&1; then
			cat "$out"
			return 0
		fi
		cat "$out"
		grep -q 'Could not get lock\|Unable to lock' "$out" || return 1
		[ "$attempt" -gt 1 ] || printf 'setup: another package manager is at work; waiting for it\n' >&4
		sleep 5
	done
	return 1
}

# install PACKAGE...: from the lists that are there; if that fails, once more with fresh lists.
install() {
	quietly "apt-get install" apt_get install --no-install-recommends "$@" && return 0
	say "refreshing the package lists"
	quietly "apt-get update" apt_get update || warn "some package lists could not be refreshed"
	quietly "apt-get install" apt_get install --no-install-recommends "$@"
}

candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | grep -v '^(none)$' || true; }

# need_lists: a container's image often comes without package lists.
need_lists() {
	[ -z "$(candidate postgresql)" ] || return 0
	say "fetching the package lists"
	quietly "apt-get update" apt_get update || give_up "the package lists cannot be fetched; check the network and /etc/apt, then run scripts/setup.sh again."
}

# --- PostgreSQL -------------------------------------------------------------------------------------------------------

# Debian's package would create a cluster of its own and start it. Lectern keeps a private one, so that is switched off
# for as long as the installation takes.
install_postgres() {
	need_lists
	local version
	version=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1)
	[ -n "$version" ] || die "apt knows no package named postgresql; check /etc/apt/sources.list.d, then run scripts/setup.sh again."
	[ "$version" -ge "$oldest_postgres" ] ||
		die "this distribution has PostgreSQL $version, Lectern needs $oldest_postgres or newer; install one and set LECTERN_PG_BIN to its bin directory."
	say "installing PostgreSQL $version"
	local dropin=/etc/postgresql-common/createcluster.d/lectern-setup.conf
	install postgresql-common || give_up "postgresql-common could not be installed; the last lines of apt-get are above."
	as_root mkdir -p "${dropin%/*}"
	echo 'create_main_cluster = false' | as_root tee "$dropin" >/dev/null
	local failed=''
	install "postgresql-$version" || failed=yes
	as_root rm -f "$dropin"
	[ -z "$failed" ] || give_up "PostgreSQL could not be installed; the last lines of apt-get are above."
}

# --- pgvector ---------------------------------------------------------------------------------------------------------

# The first of these that works:
#   1. the distribution's package, if it is new enough;
#   2. the newest source package of the development suite, through apt, which checks its signature;
#   3. the release pinned above, from the same mirror's pool, checked by its SHA-256;
#   4. the stable suite's signed source package or the distribution's own, too old, with a warning.
install_pgvector() {
	if ! dpkg-query -S "$pg_bin/postgres" >/dev/null 2>&1; then
		die "the PostgreSQL in $pg_bin does not come from a package, so pgvector has to be installed by hand: https://github.com/pgvector/pgvector#installation"
	fi
	need_lists
	local package="postgresql-$pg_version-pgvector" version
	version=$(candidate "$package")
	if [ -n "$version" ] && at_least "$version" "$wanted_pgvector"; then
		say "installing pgvector $version"
		install "$package" || give_up "$package could not be installed; the last lines of apt-get are above."
		return
	fi

	say "this distribution has ${version:+only }${version:-no} pgvector; building one from Debian's source"
	headers || give_up "PostgreSQL's header files could not be fetched; check the network, then run scripts/setup.sh again."
	local suite tarball=''
	find_mirror
	for suite in $development pinned $stable; do
		if [ "$suite" = pinned ]; then
			tarball=$(fetch_pinned) || tarball=''
		else
			tarball=$(fetch_suite "$suite") || tarball=''
		fi
		if [ -z "$tarball" ]; then
			continue
		fi
		version=$(tarball_version "$tarball")
		if [ -n "$pgvector" ] && at_least "$pgvector" "$version"; then
			break # no newer than what is there
		fi
		say "building pgvector $version (from $suite)"
		if build "$tarball" "$version"; then
			break
		fi
		warn "pgvector $version could not be built; trying the next source"
	done
	find_pgvector
	if [ -z "$pgvector" ] && [ -n "$(candidate "$package")" ]; then
		install "$package" || true
		find_pgvector
	fi
	[ -n "$pgvector" ] || give_up "pgvector could not be installed for PostgreSQL $pg_version; the last lines are above. With a network that reaches your Debian mirror, run scripts/setup.sh again."
	at_least "$pgvector" "$usable_pgvector" || die "only pgvector $pgvector could be had, and Lectern needs $usable_pgvector or newer; run scripts/setup.sh again with a network that reaches your Debian mirror."
	if ! at_least "$pgvector" "$wanted_pgvector"; then
		as_root mkdir -p -m 0755 "$state"
		echo "$pgvector" | as_root tee "$kept" >/dev/null
	fi
}

# headers: PostgreSQL's header files, unpacked into the temporary directory. Installing postgresql-server-dev-NN would
# bring 500 MB of clang and LLVM along, which serve only for just-in-time compilation; that is switched off here.
headers() {
	mkdir -p "$tmp/headers"
	fetch_headers || { quietly "apt-get update" apt_get update && fetch_headers; } || return 1
	local deb
	for deb in "$tmp"/headers/*.deb; do
		quietly "unpack" dpkg-deb -x "$deb" "$tmp/headers" || return 1
	done
}

fetch_headers() {
	(cd "$tmp/headers" && quietly "headers" apt-get -q -o APT::Sandbox::User=root download "postgresql-server-dev-$pg_version" libpq-dev)
}

# find_mirror takes the mirror from the machine's own APT configuration, whichever of its two file formats it is in.
find_mirror() {
	development='' stable='' mirror='' components=main
	# shellcheck source=/dev/null
	. /etc/os-release
	local origin
	case " $ID ${ID_LIKE:-} " in
	*' ubuntu '*) origin=Ubuntu development=devel components='main universe' keyring=/usr/share/keyrings/ubuntu-archive-keyring.gpg ;;
	*' debian '*) origin=Debian development=unstable stable=stable keyring=/usr/share/keyrings/debian-archive-keyring.gpg ;;
	*) return 0 ;;
	esac
	# shellcheck disable=SC2016 # apt replaces $(ORIGIN), not the shell
	mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed -n "s/^$origin main //p" | grep -v -- '-security' | head -n 1)
	case $mirror in
	mirror+file:*) pool=$(grep -v '^#' "${mirror#mirror+file:}" | head -n 1 | cut -f 1) ;; # cloud images
	*) pool=$mirror ;;
	esac
	pool=${pool%/}
	if [ -z "$mirror" ]; then
		development='' stable=''
		warn "no $origin mirror in the APT configuration"
	fi
}

# fetch_suite SUITE prints the path of the upstream tarball of that suite's pgvector. APT reads only our source list and
# keeps its state in the temporary directory, so the machine's own lists stay as they are.
fetch_suite() {
	local dir="$tmp/$1" options
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/parts" "$dir/source"
	{
		printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: %s\n' "$mirror" "$1" "$components"
		[ ! -r "$keyring" ] || printf 'Signed-By: %s\n' "$keyring"
	} >"$dir/parts/lectern.sources"
	options=(-q -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$dir/parts" -o "Dir::State::Lists=$dir/lists"
		-o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root -o Acquire::AllowInsecureRepositories=false -o Acquire::Languages=none)
	quietly "list of $1" apt-get "${options[@]}" update || return 1
	(cd "$dir/source" && quietly "source of $1" apt-get "${options[@]}" source --download-only pgvector) || return 1
	find "$dir/source" -name 'pgvector_*.orig.tar.*' ! -name '*.asc' | head -n 1
}

# fetch_pinned prints the path of the pinned tarball. apt's own helper fetches it (proxies as APT is configured) and
# refuses any other content.
fetch_pinned() {
	[ -n "$mirror" ] || return 1
	local name="pgvector_$pinned_pgvector.orig.tar.gz" component
	mkdir -p "$tmp/pinned"
	for component in $components; do
		if quietly "pinned source" /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
			"$pool/pool/$component/p/pgvector/$name" "$tmp/pinned/$name" "SHA256:$pinned_sha256"; then
			echo "$tmp/pinned/$name"
			return 0
		fi
	done
	return 1
}

tarball_version() { basename "$1" | sed 's/^pgvector_\(.*\)\.orig\.tar\..*/\1/'; }

# build TARBALL VERSION compiles as the calling user, packs the result as a Debian package and installs that, so that dpkg
# knows the files: `apt-get remove` takes them away, and a newer package of the distribution replaces them.
build() {
	local src="$tmp/build-$2" root="$tmp/package-$2" package="postgresql-$pg_version-pgvector" h="$tmp/headers/usr/include/postgresql"
	local flags=(OPTFLAGS= with_llvm=no PG_CONFIG="$pg_bin/pg_config" PG_CPPFLAGS="-I$h"
		includedir_server="$h/$pg_version/server" includedir_internal="$h/internal")
	mkdir -p "$src" "$root/DEBIAN"
	quietly "unpack" tar -xf "$1" -C "$src" --strip-components=1 || return 1
	quietly "compile" make -C "$src" -j"$(nproc)" "${flags[@]}" || return 1
	quietly "stage" make -C "$src" install DESTDIR="$root" "${flags[@]}" || return 1
	rm -rf "$root/usr/include" "${root:?}/$tmp" # headers for C programs on top of pgvector
	cat >"$root/DEBIAN/control" <<-END
		Package: $package
		Version: $2-0lectern1
		Architecture: $(dpkg --print-architecture)
		Maintainer: Lectern set-up <root@localhost>
		Depends: postgresql-$pg_version
		Section: database
		Priority: optional
		Description: vector similarity search for PostgreSQL
		 Built on this machine by Lectern's scripts/setup.sh from Debian's source of pgvector $2.
	END
	quietly "pack" dpkg-deb --root-owner-group --build "$root" "$tmp/$package.deb" || return 1
	quietly "install" apt_get install --no-install-recommends --allow-downgrades "$tmp/$package.deb"
}

# --- the walk ---------------------------------------------------------------------------------------------------------

main() {
	case ${1:-} in
	'' | --check) ;;
	*) die "unknown argument $1; usage: scripts/setup.sh [--check]" ;;
	esac
	check_go
	if everything_there; then
		warn_old_pgvector
		say "PostgreSQL $pg_version, pgvector $pgvector and a C compiler are there"
		return
	fi
	local missing=''
	[ "$pg_version" -ge "$oldest_postgres" ] || missing="$missing, PostgreSQL $oldest_postgres or newer"
	pgvector_settled || missing="$missing, pgvector $wanted_pgvector or newer"
	have_compiler || missing="$missing, a C compiler"
	missing=${missing#, }
	[ "${1:-}" != --check ] || die "missing: $missing; run scripts/setup.sh."

	if [ "$(uname -s)" = Darwin ]; then
		have_compiler || say "for the C compiler: xcode-select --install"
		die "missing: $missing. On macOS run: brew install postgresql@17 pgvector"
	fi
	if ! command -v apt-get >/dev/null 2>&1; then
		die "missing: $missing. This script installs through apt-get only; install them with your own package manager, or use docker compose up."
	fi

	say "missing: $missing"
	tmp=$(mktemp -d) log="$tmp/log"
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT TERM
	exec 4>&2
	need_root "$missing"
	if ! have_compiler; then
		need_lists
		say "installing a C compiler"
		install gcc libc6-dev make || give_up "gcc could not be installed; the last lines of apt-get are above."
	fi
	if [ "$pg_version" -lt "$oldest_postgres" ]; then
		install_postgres
		find_postgres
		[ "$pg_version" -ge "$oldest_postgres" ] || die "PostgreSQL was installed, but its programs are not in /usr/lib/postgresql; set LECTERN_PG_BIN to their directory."
	fi
	find_pgvector
	pgvector_settled || install_pgvector
	find_pgvector
	warn_old_pgvector
	say "done: PostgreSQL $pg_version, pgvector $pgvector"
}

main "$@"
