# Lectern. `make run` and `make test` are all there is to know; `make help` lists the rest.

DATA   ?= .lectern
BIN    := bin/lectern
# sudo clears PATH, and Go's own installer puts it here.
GO     := $(shell command -v go || echo /usr/local/go/bin/go)
export GO

# The revision goes into the program, except where git will not tell: no git, no commit yet, somebody else's clone.
VCS    := $(shell git rev-parse HEAD >/dev/null 2>&1 && git status --porcelain >/dev/null 2>&1 && echo true || echo false)
BUILD  := $(GO) build -buildvcs=$(VCS)
TEST   := $(GO) run -buildvcs=false ./scripts/testsummary -count=1 -buildvcs=false
# Of make bench: how long each benchmark goes on, and how often it is repeated.
BENCHTIME ?= 1s
COUNT     ?= 1
# Of make eval: how often each task is asked. Without a model the same code gives the same answers.
REPEAT    ?= 1
# Of make bench-scale: chunks in each database. A smaller run: make bench-scale SCALE="10k 100k"
SCALE     ?= 10k 100k 1M
LINT   := $(GO) tool -modfile=tools/go.mod golangci-lint

.DEFAULT_GOAL := help
.PHONY: help setup build run demo test eval bench bench-scale stress lint fmt demo-reject reset clean docker-env

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install PostgreSQL, pgvector and a C compiler where they are missing
	@scripts/setup.sh

build: ## compile bin/lectern
	@[ -x $(BIN) ] || echo 'compiling; the first time takes a minute or two'
	@$(BUILD) -o $(BIN) ./cmd/lectern

run: setup build ## set up, compile, ingest the bundled course, serve on 127.0.0.1:8080 (Ctrl-C ends it)
	@exec $(BIN) serve --data $(DATA) --ingest courses/networks

demo: setup build ## the same with scripted models that lie, to be chosen on the page
	@exec $(BIN) serve --data $(DATA) --ingest courses/networks --demo

test: setup ## run every test, with the race detector, against a private PostgreSQL
	@$(TEST) -race -timeout 15m ./...

eval: setup build ## ask the golden tasks, break the tutor in twenty ways, and fail if the change may not be merged
	@$(BIN) eval answers --data $(DATA) --repeat $(REPEAT) --broken --out $(DATA)/eval

bench: setup ## run the benchmarks, one package after another (some minutes); docs/benchmarks.md says how to read them
	@$(GO) test -p 1 -run '^$$' -bench . -benchtime $(BENCHTIME) -count $(COUNT) -timeout 60m ./...

bench-scale: setup build ## search at 10 k, 100 k and 1 M chunks in the table (about 20 minutes, 7 GB of disk for a while)
	@exec $(BIN) bench search --data $(DATA) $(SCALE)

stress: setup ## run the tests that take long (LECTERN_STRESS=1)
	@status=0; \
	 LECTERN_STRESS=1 $(TEST) -race -timeout 60m ./... || status=1; \
	 echo; echo 'and whole, without the race detector, what has no concurrency to look at:'; \
	 LECTERN_STRESS=1 $(TEST) -timeout 30m -run '^(TestChurn|TestSplitHostile|TestHostileFiles)$$' ./ingest || status=1; \
	 exit $$status

lint: setup ## gofmt, go vet and golangci-lint (two minutes to compile the first time)
	@files=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go' 2>/dev/null || find . -name '*.go' -not -path './.lectern/*')); \
	 status=0; \
	 [ -z "$$files" ] || { echo "gofmt would change these files; run make fmt:"; echo "$$files"; status=1; }; \
	 $(GO) vet ./... || status=1; \
	 $(LINT) run || status=1; \
	 exit $$status

fmt: ## format the Go files
	@$(GO) fmt ./...

demo-reject: setup build ## watch a lying model being caught
	@exec $(BIN) demo-reject --data $(DATA) --ingest courses/networks

reset: ## stop the embedded database and delete the data directory with all its data
	@$(GO) run -buildvcs=false ./scripts/reset $(DATA)

clean: ## delete what was compiled; data stay
	@rm -rf bin

docker-env: ## write .env with fresh random passwords for docker compose
	@scripts/docker-env.sh
