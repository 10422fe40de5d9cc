# What a person can ask for. `make run` and `make test` each work alone on a fresh Debian 12 machine.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.SILENT:
MAKEFLAGS += --no-print-directory
# Debian keeps nats-server where a normal user's PATH does not look.
export PATH := $(PATH):/usr/sbin:/sbin
.PHONY: help run test check bench format tidy packages clean
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 15
RUN_ARGS ?=

# Tools are looked up by command, because a newer one may come from elsewhere; libraries by package.
RUN_TOOLS := g++:g++ cmake:cmake ninja:ninja-build ccache:ccache pkg-config:pkg-config \
    nats-server:nats-server gzip:gzip
RUN_LIBRARIES := libluajit-5.1-dev libnats-dev libboost-dev libyaml-cpp-dev prometheus-cpp-dev \
    libsimdjson-dev libcli11-dev libspdlog-dev libcpp-httplib-dev libbenchmark-dev libgtest-dev \
    libgmock-dev zlib1g-dev libssl-dev
TEST_TOOLS := $(RUN_TOOLS) clang++:clang clang-format:clang-format git:git prometheus:prometheus \
    promtool:prometheus node:nodejs npm:npm
TEST_LIBRARIES := $(RUN_LIBRARIES) libclang-rt-14-dev libquantlib0-dev

# $(call install,tools,libraries): installs what is missing, or says what it is and stops with 2.
# No service is left running or enabled: riskd starts its own nats-server and prometheus.
define install
missing=()
for pair in $(1); do
    command -v "$${pair%%:*}" >/dev/null 2>&1 || missing+=("$${pair##*:}")
done
for package in $(2); do
    dpkg-query -W -f='$${db:Status-Status}\n' "$$package" 2>/dev/null | grep -qx installed \
        || missing+=("$$package")
done
if [ $${#missing[@]} -gt 0 ]; then
    mapfile -t missing < <(printf '%s\n' "$${missing[@]}" | sort -u)
    as_root=()
    if [ "$$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
            as_root=(sudo)
        else
            echo "These Debian packages are missing and need root to install:" >&2
            echo "  apt-get install --no-install-recommends $${missing[*]}" >&2
            exit 2
        fi
    fi
    echo "installing: $${missing[*]}"
    "$${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 bash -euc '
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$$policy" ]; then
            trap "rm -f $$policy" EXIT
            printf "#!/bin/sh\nexit 101\n" >"$$policy"
            chmod 755 "$$policy"
        fi
        apt-get -q -o DPkg::Lock::Timeout=300 update
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$$@"
        for package in "$$@"; do
            case "$$package" in
            nats-server|prometheus)
                if command -v systemctl >/dev/null 2>&1; then
                    systemctl disable "$$package" >/dev/null 2>&1 || true
                fi ;;
            esac
        done
    ' bash "$${missing[@]}"
fi
endef

tracked_sources = git ls-files '*.cpp' '*.hpp'

help:
	cat <<-'END'
	make run       build and start the whole picture: nats-server, riskd, a market that crashes, a board
	make test      everything, as CI runs it; ends with "N passed, N failed, N skipped"
	make check     the two-minute loop: dev build and the fast tests
	make bench     build release and print every benchmark with its conditions
	make format    lay out all tracked C++ with clang-format
	make tidy      run clang-tidy over the dev build
	make packages  install the Debian packages needed by all of the above
	make clean     remove build/

	JOBS=$(JOBS)  FUZZ_SECONDS=$(FUZZ_SECONDS) (per fuzzer, rules 4 times)  RUN_ARGS='...' (passed to riskd demo)
	END

packages:
	$(call install,$(TEST_TOOLS),$(TEST_LIBRARIES))
	echo "all packages are here"

run:
	$(call install,$(RUN_TOOLS),$(RUN_LIBRARIES))
	mkdir -p build
	cmake --preset release >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	cmake --build build/release --target riskd -j $(JOBS)
	exec build/release/bin/riskd demo $(RUN_ARGS)

check:
	$(call install,$(TEST_TOOLS),$(TEST_LIBRARIES))
	cmake --preset dev
	cmake --build build/dev -j $(JOBS)
	ctest --test-dir build/dev -j $(JOBS) --output-on-failure -LE 'bench|integration|slow'

bench:
	$(call install,$(RUN_TOOLS),$(RUN_LIBRARIES))
	cmake --preset release
	cmake --build build/release -j $(JOBS)
	found=0
	for program in build/release/tests/bin/*_bench; do
	    [ -x "$$program" ] || continue
	    found=1
	    echo "== $${program##*/}"
	    RISKD_BINARY="$$PWD/build/release/bin/riskd" "$$program"
	done
	[ $$found -eq 1 ] || { echo "no benchmark was built"; exit 1; }

format:
	$(tracked_sources) | xargs -r clang-format -i

tidy:
	cmake --preset dev >/dev/null
	$(tracked_sources) | grep '\.cpp$$' | xargs -r -P $(JOBS) -n 4 clang-tidy -p build/dev --quiet

clean:
	rm -rf build

# Each step counts as one check beside the tests that ctest counts; one that fails does not stop
# those that do not need it, and everything is summed at the end.
test:
	$(call install,$(TEST_TOOLS),$(TEST_LIBRARIES))
	results=$$PWD/build/results
	rm -rf "$$results"
	mkdir -p "$$results"
	steps_passed=0
	steps_failed=0
	failed_names=()
	step() {
	    local name=$$1 began=$$SECONDS
	    shift
	    echo "==> $$name"
	    if "$$@"; then
	        steps_passed=$$((steps_passed + 1))
	        echo "==> $$name: ok, $$((SECONDS - began)) s"
	    else
	        steps_failed=$$((steps_failed + 1))
	        failed_names+=("$$name")
	        echo "==> $$name: FAILED, $$((SECONDS - began)) s"
	        return 1
	    fi
	}
	# sum ATTRIBUTE FILES: what the reports of ctest say, added up.
	sum() {
	    local attribute=$$1
	    shift
	    cat "$$@" 2>/dev/null | grep -oE "^[[:space:]]*$$attribute=\"[0-9]+\"" | grep -oE '[0-9]+' \
	        | awk '{ total += $$1 } END { print total + 0 }' || true
	}
	# tested PRESET CTEST_ARGUMENTS: a test that fails is counted once, where its report lists it.
	tested() {
	    local preset=$$1 report=$$results/$$1.xml began=$$SECONDS status=0 straight=()
	    shift
	    # The thread sanitizer of g++ 12 needs a predictable address space.
	    if [ "$$preset" = tsan ] && setarch -R true 2>/dev/null; then straight=(setarch -R); fi
	    echo "==> tests, $$preset"
	    "$${straight[@]}" ctest --test-dir "build/$$preset" -j $(JOBS) --output-on-failure \
	        --no-tests=error --output-junit "$$report" "$$@" || status=$$?
	    local failures
	    failures=$$(sum failures "$$report")
	    if [ $$status -ne 0 ] && [ "$$failures" -eq 0 ]; then
	        steps_failed=$$((steps_failed + 1))
	        failed_names+=("tests, $$preset: ctest ended with $$status")
	    fi
	    echo "==> tests, $$preset: $$(sum tests "$$report") run, $$failures failed," \
	        "$$(sum skipped "$$report") skipped, $$((SECONDS - began)) s"
	}
	# Large units: `make run`, `make check` and `make bench` compile each file alone.
	configured_and_built() {
	    cmake --preset "$$1" -DRISKD_UNITY=ON "$${@:2}" && cmake --build "build/$$1" -j $(JOBS)
	}
	headers_alone() {
	    cmake --build build/release --target all_verify_interface_header_sets -j $(JOBS)
	}
	formatted() {
	    local wrong=0 file
	    while read -r file; do
	        if ! clang-format --dry-run -Werror "$$file" >/dev/null 2>&1; then
	            echo "$$file: not as clang-format lays it out; run make format"
	            wrong=1
	        fi
	    done < <($(tracked_sources))
	    [ $$wrong -eq 0 ]
	}
	export ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1:$${ASAN_OPTIONS:-}"
	export UBSAN_OPTIONS="print_stacktrace=1:$${UBSAN_OPTIONS:-}"
	export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:$${TSAN_OPTIONS:-}"
	step "format" formatted || true
	if step "build release" configured_and_built release; then
	    step "headers compile alone" headers_alone || true
	    tested release
	fi
	if step "build asan" configured_and_built asan; then tested asan -LE tree; fi
	if step "build tsan" configured_and_built tsan; then tested tsan -LE tree; fi
	if step "build fuzz, clang++" configured_and_built fuzz -DRISKD_FUZZ_SECONDS=$(FUZZ_SECONDS); then
	    tested fuzz
	fi
	shopt -s nullglob
	reports=("$$results"/*.xml)
	ran=$$(sum tests "$${reports[@]}")
	failed=$$(sum failures "$${reports[@]}")
	skipped=$$(($$(sum skipped "$${reports[@]}") + $$(sum disabled "$${reports[@]}")))
	passed=$$((ran - failed - skipped + steps_passed))
	failed=$$((failed + steps_failed))
	for report in "$${reports[@]}"; do
	    preset=$${report##*/}
	    grep -oE '<testcase name="[^"]*" .*status="fail"' "$$report" \
	        | sed -E 's/.*name="([^"]*)" .*/failed: '"$${preset%.xml}"' \1/' || true
	done
	for name in "$${failed_names[@]}"; do echo "failed: $$name"; done
	echo "$$((SECONDS / 60)) min $$((SECONDS % 60)) s"
	echo "$$passed passed, $$failed failed, $$skipped skipped"
	[ $$failed -eq 0 ]
