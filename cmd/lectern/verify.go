package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/lectern-tutor/lectern/answer"
	"github.com/lectern-tutor/lectern/ingest"
)

// verifyCmd checks an exported answer without a database. Its exit status is 0 if everything holds, 1 if something does not,
// and 2 if nothing can be said: flags, files and servers to be mended.
type verifyCmd struct {
	File        string   `arg:"" placeholder:"ANSWER.JSON" help:"The answer as the API gave it; - for standard input."`
	URL         string   `name:"url" placeholder:"URL" help:"Look the cited chunks up on this server, such as http://127.0.0.1:8080."`
	Transcripts []string `name:"transcript" placeholder:"[LECTURE=]FILE" help:"Or in this transcript, which is read and split as ingest does; may be given several times. Without LECTURE= the lecture is named after the file."`
	Strict      bool     `help:"Fail also if the guard has something against a sentence's text."`
}

// Run prints one line per citation.
func (cmd verifyCmd) Run(ctx context.Context, a *app) error {
	v, err := cmd.verify(ctx, a)
	if err != nil {
		fmt.Fprintln(a.stderr, "lectern:", err)
		return exitCode(exitConfig)
	}
	if !cmd.report(a.stdout, v) {
		return exitCode(exitFailed)
	}
	return nil
}

func (cmd verifyCmd) verify(ctx context.Context, a *app) (v answer.Verification, err error) {
	if (cmd.URL == "") == (len(cmd.Transcripts) == 0) {
		return v, errors.New("say what to check against: --url SERVER, or --transcript FILE")
	}
	resolve, err := cmd.resolver()
	if err != nil {
		return v, err
	}
	in := a.stdin
	if cmd.File != "-" {
		f, err := os.Open(cmd.File)
		if err != nil {
			return v, err
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	exported, err := answer.ReadExported(in)
	if err != nil {
		return v, fmt.Errorf("%s: %w", cmd.File, err)
	}
	return answer.Verify(ctx, exported, resolve)
}

func (cmd verifyCmd) resolver() (answer.Resolve, error) {
	if cmd.URL != "" {
		return serverChunks(cmd.URL)
	}
	files := map[string]string{}
	for _, t := range cmd.Transcripts {
		lecture, file, named := strings.Cut(t, "=")
		if !named {
			lecture, file = ingest.LectureID(t), t
		}
		if files[lecture] != "" {
			return nil, fmt.Errorf("--transcript: two files for the lecture %q; name them as LECTURE=FILE", lecture)
		}
		files[lecture] = file
	}
	return fileChunks(files)
}

// report prints what was found and returns whether everything holds.
func (cmd verifyCmd) report(w io.Writer, v answer.Verification) (holds bool) {
	for _, fault := range v.Faults {
		fmt.Fprintf(w, "FAILS  answer: %s\n", fault)
	}
	citations, noted := 0, 0
	for i, s := range v.Sentences {
		if s.Fault != "" {
			fmt.Fprintf(w, "FAILS  sentence %d: %s\n", i+1, s.Fault)
		}
		for j, c := range s.Citations {
			citations++
			at := ""
			if c.StartMS != nil && c.EndMS != nil {
				at = fmt.Sprintf(" %s–%s", answer.Clock(*c.StartMS), answer.Clock(*c.EndMS))
			}
			// Whoever made the file may have put anything into it, so it is quoted where it is not what it should be.
			where := fmt.Sprintf("%s version %d%s %s", identifier(c.Lecture), c.Version, at, identifier(c.ChunkID))
			if c.Fault != "" {
				fmt.Fprintf(w, "FAILS  citation %d of sentence %d: %s: %s\n", j+1, i+1, where, c.Fault)
				continue
			}
			fmt.Fprintf(w, "holds  citation %d of sentence %d: %s\n", j+1, i+1, where)
		}
		if len(s.Findings) > 0 {
			noted++
			fmt.Fprintf(w, "note   sentence %d: the guard has this against its text: %s\n", i+1, strings.Join(s.Findings, ", "))
		}
	}
	holds = v.Holds() && (noted == 0 || !cmd.Strict)
	if !holds {
		fmt.Fprintln(w, "The answer does not hold.")
		return false
	}
	fmt.Fprintf(w, "The answer holds: %s in %s. That a sentence says what its quotes say is judged by the guard's layers alone; no hash proves it.\n",
		plural(citations, "citation"), plural(len(v.Sentences), "sentence"))
	if len(cmd.Transcripts) > 0 && citations > 0 {
		fmt.Fprintln(w, "A file does not know its version: the cited version numbers were not checked.")
	}
	return true
}

// identifier is an identifier as it is, and anything else quoted and cut.
func identifier(s string) string {
	if len(s) <= 128 && s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") == "" {
		return s
	}
	return fmt.Sprintf("%.60q", s)
}
