# radiograph. Type make to see what there is to make.

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X github.com/radiograph/radiograph/internal/version.Version=$(VERSION)
TOOL    := go tool -modfile=tools/go.mod

# What is big and can be made again lives outside the tree.
CACHE   := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/radiograph
CLIENTS := $(CACHE)/clients

.PHONY: help run build test lint fmt bench e2e fuzz vuln clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## start radiograph with a demo shop on http://127.0.0.1:2080
	bin/radiograph up --demo

build: ## build bin/radiograph, and bin/radiograph-shop for its demo
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

test: ## run all tests that need nothing but Go, with the race detector
	go test -race ./...

lint: ## run the linters, the format check and the vulnerability check
	$(TOOL) golangci-lint run ./...
	$(TOOL) golangci-lint run --build-tags e2e ./test/...
	@unformatted=$$($(TOOL) gofumpt -l .); \
	if [ -n "$$unformatted" ]; then echo "run make fmt; not formatted:" >&2; echo "$$unformatted" >&2; exit 1; fi
	@$(MAKE) --no-print-directory vuln

vuln: ## look for known vulnerabilities, if the database can be reached
	tools/vulncheck

fmt: ## format the Go code
	$(TOOL) golangci-lint fmt ./...
	$(TOOL) gofumpt -w .

bench: build ## run all benchmarks and radiograph load, and print a table
	tools/bench

e2e: build ## run the tests with real clients and crashes; needs Node.js, Python, a JDK, Maven
	test/clients/prepare '$(CLIENTS)'
	RADIOGRAPH_BIN='$(CURDIR)/bin/radiograph' RADIOGRAPH_CLIENTS='$(CLIENTS)' \
		go test -tags e2e -count=1 -timeout 20m ./test/...

fuzz: ## run every fuzz target for FUZZTIME (default 10s)
	tools/fuzz $(or $(FUZZTIME),10s)

clean: ## remove what was built
	rm -rf bin '$(CLIENTS)'
