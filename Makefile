# The targets that people use. `make` alone lists them.
SHELL   := bash
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo dev)
GOFLAGS_BUILD := -trimpath -ldflags "-s -w -X main.version=$(VERSION)"

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --silent
	@touch $@

accounts/wordlist/passwords.json: node_modules/.installed
	@cp node_modules/@zxcvbn-ts/language-common/src/passwords.json $@

# The real client of Better Auth, in two versions, for the test that drives it.
test/betterauth/node_modules/.installed: test/betterauth/package.json test/betterauth/package-lock.json
	npm ci --prefix test/betterauth --ignore-scripts --no-audit --no-fund --silent
	@touch $@

.PHONY: generate
generate: node_modules/.installed accounts/wordlist/passwords.json ## make the files that are built, not committed
	@go tool templ generate -path views -log-level warn
	@go run ./static/build

.PHONY: build
build: generate ## leave the program in bin/pegasus
	go build $(GOFLAGS_BUILD) -o bin/pegasus ./cmd/pegasus

.PHONY: sbom
sbom: build ## list what the program is built of in bin/pegasus.cdx.json (CycloneDX)
	go run ./internal/sbom bin/pegasus >bin/pegasus.cdx.json

.PHONY: run
run: build ## build and start on http://localhost:8080
	./bin/pegasus serve

.PHONY: live
live: generate ## rebuild and restart whenever a source changes
	go tool templ generate -watch -path . -watch-pattern '(.+\.go$$)|(.+\.templ$$)|(static/(css|js)/.+$$)' \
		-cmd "$(MAKE) -C $(CURDIR) --no-print-directory live-once"

# What make live runs at each change.
.PHONY: live-once
live-once:
	@go run ./static/build && go run ./cmd/pegasus serve

.PHONY: seed
seed: generate ## fill an empty workspace with 12 people and 8 channels (the server must not be running)
	go run ./internal/seed

.PHONY: test
test: generate ## run the tests
	go test -count=1 ./...

.PHONY: test-mongo
test-mongo: generate ## run the store's tests on MongoDB: TEST_MONGODB_URI, or a stand-in inside the test
	@if [ -n "$$TEST_MONGODB_URI" ]; then go test -race ./store/mongo/... ; else cd test/mongo && go test ./... ; fi

.PHONY: bench
bench: build ## measure this machine
	./bin/pegasus bench

.PHONY: check
check: generate test/betterauth/node_modules/.installed ## everything that CI runs
	.ci/check
