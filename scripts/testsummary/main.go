// Command testsummary runs `go test -json` with the arguments it is given and prints what a person wants to know of it:
// a line for each package, failures in full, and at the end what was measured (the attribute "lectern.figure"), what ran
// against PostgreSQL and what did not run and why.
// The last line is `N passed, N failed, N skipped`.
//
//	go run ./scripts/testsummary -race ./...
//
// The exit status is 0 only if `go test` succeeded and no test failed.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	// Ctrl-C reaches `go test` as well, which then ends; what it has said until then is still worth a summary.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	ok, err := run("", os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintf(os.Stderr, "testsummary: %v\n", err)
	}
	if !ok || err != nil {
		os.Exit(1)
	}
}

// run reports whether everything passed. dir is where `go test` runs, "" for the current directory.
func run(dir string, args []string, stdout, stderr io.Writer) (bool, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, fmt.Errorf("go test cannot be started: %w", err)
	}
	s := newSummary(stdout)
	readErr := read(events, s)
	waitErr := cmd.Wait()
	s.finish()
	var exit *exec.ExitError
	if waitErr != nil && !errors.As(waitErr, &exit) {
		return false, fmt.Errorf("go test: %w", waitErr)
	}
	return waitErr == nil && s.failed() == 0, readErr
}

// read hands each line of r to s. Lines that are no events, such as the go command's own complaints, are printed.
func read(r io.Reader, s *summary) error {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				s.add(e)
			} else {
				s.printf("%s", line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the output of go test: %w", err)
		}
	}
}
