# radiograph. Type make to see what there is to make.

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X github.com/radiograph/radiograph/internal/version.Version=$(VERSION)

# Binaries, linter, collector and the tests that need no race detector are compiled in one way, so that the 2000
# packages of the collector, and those of Kubernetes' clients, are compiled once.
PLAIN := CGO_ENABLED=0 GOFLAGS='$(strip $(shell go env GOFLAGS) -trimpath)'
TOOL  := $(PLAIN) go tool -modfile=tools/go.mod

# What is big and can be made again lives outside the tree.
CACHE   := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/radiograph
CLIENTS := $(CACHE)/clients

COLLECTOR_UNIT := ./exporter/... ./extension/... ./internal/... ./receiver/...
PROMETHEUS     := $(CACHE)/prometheus
AGENTS         := $(CACHE)/autoinstrumentation

# The modules beside the root's and the collector's.
OTHER_MODULES := deploy examples/sampleapp operator test/cluster test/login tools/sbom

# The console is built where there is Node.js. A binary without it serves a small page in its place.
NPM         := $(shell command -v npm 2>/dev/null)
WEB_MODULES := web/node_modules/.package-lock.json
WEB_BUILT   := web/dist/.built
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -name screenshots -prune -o -type f ! -name 'filter.grammar.*ts' -print)

.PHONY: help run build web collector operator sample test test-web lint lint-web fmt bench bench-collector e2e e2e-prepare e2e-clients e2e-kubernetes images release cluster-up cluster-down fuzz vuln clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## start radiograph with a demo shop on http://127.0.0.1:2080
	bin/radiograph up --demo

build: $(if $(NPM),$(WEB_BUILT)) ## build bin/radiograph, and bin/radiograph-shop for its demo
	$(PLAIN) go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

web: $(WEB_BUILT) ## build the console, which make build does too; needs Node.js 20

$(WEB_MODULES): web/package.json web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund

$(WEB_BUILT): $(WEB_MODULES) $(WEB_SOURCES)
	cd web && npm run build
	touch $@

collector: ## build bin/radiograph-collector; the first time takes a quarter of an hour
	cd collector && $(PLAIN) go build -ldflags '-s -w $(LDFLAGS)' -o ../bin/ ./cmd/...

operator: ## build bin/radiograph-operator, -target-allocator and -pod-identity-agent
	cd operator && $(PLAIN) go build -ldflags '-s -w $(LDFLAGS)' -o ../bin/ ./cmd/...

sample: ## build the sample application into bin/sample
	cd examples/sampleapp && $(PLAIN) go build -ldflags '-s -w' -o ../../bin/sample/ ./cmd/...

test: ## run all tests that need nothing but Go, with the race detector; and the console's, where Node.js is
	go test -race ./...
	cd collector && go test -race $(COLLECTOR_UNIT)
	for module in $(OTHER_MODULES); do (cd $$module && go test -race ./...); done
	$(if $(NPM),$(MAKE) --no-print-directory test-web)

test-web: $(WEB_MODULES) ## run the unit tests of the console
	cd web && npm test

lint: ## run the linters, the format check and the vulnerability check
	$(TOOL) golangci-lint run ./...
	$(TOOL) golangci-lint run --build-tags e2e ./test/...
	cd collector && $(PLAIN) go tool -modfile=../tools/go.mod golangci-lint run --config ../.golangci.yml --build-tags e2e ./...
	for module in $(OTHER_MODULES); do \
		(cd $$module && $(PLAIN) go tool -modfile=$$OLDPWD/tools/go.mod golangci-lint run --config $$OLDPWD/.golangci.yml --build-tags e2e ./...); \
	done
	$(if $(NPM),$(MAKE) --no-print-directory lint-web)
	@unformatted=$$($(TOOL) gofumpt -l .); \
	if [ -n "$$unformatted" ]; then echo "run make fmt; not formatted:" >&2; echo "$$unformatted" >&2; exit 1; fi
	@$(MAKE) --no-print-directory vuln

lint-web: $(WEB_MODULES) ## run the linter and the type checker over the console
	cd web && npm run lint

vuln: ## look for known vulnerabilities, if the database can be reached; GOVULNDB may name a mirror
	tools/vulncheck

fmt: ## format the Go code
	$(TOOL) golangci-lint fmt ./...
	cd collector && $(PLAIN) go tool -modfile=../tools/go.mod golangci-lint fmt --config ../.golangci.yml ./...
	for module in $(OTHER_MODULES); do \
		(cd $$module && $(PLAIN) go tool -modfile=$$OLDPWD/tools/go.mod golangci-lint fmt --config $$OLDPWD/.golangci.yml ./...); \
	done
	$(TOOL) gofumpt -w .

bench: build bench-collector ## run all benchmarks and radiograph load, and print a table
	tools/bench

bench-collector: build collector ## measure the collector's pipelines under radiograph load
	tools/bench-collector

e2e e2e-kubernetes: export RADIOGRAPH_BIN                 := $(CURDIR)/bin/radiograph
e2e e2e-kubernetes: export RADIOGRAPH_BIN_DIR             := $(CURDIR)/bin
e2e e2e-kubernetes: export RADIOGRAPH_COLLECTOR_BIN       := $(CURDIR)/bin/radiograph-collector
e2e e2e-kubernetes: export RADIOGRAPH_CLIENTS             := $(CLIENTS)
e2e e2e-kubernetes: export RADIOGRAPH_AUTOINSTRUMENTATION := $(AGENTS)
e2e e2e-kubernetes: export PROMETHEUS_BIN                 := $(PROMETHEUS)
e2e: build collector e2e-prepare e2e-clients ## run the tests with real clients, crashes and Kubernetes; needs Node.js, Python, a JDK, Maven, Chromium, root
	cd collector && $(PLAIN) go build -ldflags '-s -w' -o '$(PROMETHEUS)' github.com/prometheus/prometheus/cmd/prometheus
	$(PLAIN) go test -tags e2e -count=1 -timeout 20m -parallel 4 ./test/...
	cd collector && $(PLAIN) go test -tags e2e -count=1 -timeout 20m ./test/...
	cd examples/sampleapp && $(PLAIN) go test -tags e2e -count=1 -timeout 10m ./e2e/...
	cd web && npm run e2e
	$(MAKE) --no-print-directory e2e-kubernetes

e2e-prepare:
	tools/prepare-instrumentation '$(AGENTS)'
	cd examples/sampleapp/postman && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

e2e-clients:
	$(PLAIN) test/clients/prepare '$(CLIENTS)'

e2e-kubernetes: build collector operator sample e2e-prepare e2e-clients ## run the tests in a real Kubernetes, as root: the operator, and the story from the add-on to the service map
	cd test/cluster && $(PLAIN) go test -tags e2e -count=1 -timeout 30m .
	cd operator && $(PLAIN) go test -tags e2e -count=1 -timeout 40m -p 1 ./test/...

images: build collector operator sample ## write container images of the programs in bin to bin/images
	cd test/cluster && $(PLAIN) go run ./cmd/images -bin ../../bin -prepared '$(AGENTS)' -out ../../bin/images -version '$(VERSION)' -skip-missing

release: $(if $(NPM),$(WEB_BUILT)) ## write static binaries, bills of materials and signed checksums to bin/release; see tools/release
	tools/release '$(VERSION)' bin/release

cluster-up: ## start a single-node Kubernetes here, as root; the first time takes a quarter of an hour
	cd test/cluster && $(PLAIN) go run ./cmd/cluster up

cluster-down: ## stop the Kubernetes of make cluster-up
	cd test/cluster && $(PLAIN) go run ./cmd/cluster down

fuzz: ## run every fuzz target for FUZZTIME (default 10s)
	tools/fuzz $(or $(FUZZTIME),10s)

clean: ## remove what was built
	rm -rf bin web/dist/* $(WEB_BUILT) web/node_modules '$(CLIENTS)' '$(PROMETHEUS)'
