package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs the command as a user does, each script with a database of its own. $COURSE is the bundled course, $PROMPTS
// the folder of prompts.
func TestScript(t *testing.T) {
	course, err := filepath.Abs("../../courses/networks")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, script := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			app, owner := pgtest.URLs(t)
			testscript.Run(t, testscript.Params{
				Files:               []string{script},
				RequireExplicitExec: true,
				Cmds:                map[string]func(*testscript.TestScript, bool, []string){"owner": owned(owner), "job-of": jobOf, "answer-of": answerOf},
				Setup: func(env *testscript.Env) error {
					env.Setenv("LECTERN_DATABASE_URL", app)
					env.Setenv("LECTERN_MIGRATE_URL", owner)
					env.Setenv("LECTERN_LOG_LEVEL", "error")
					env.Setenv("COURSE", course)
					env.Setenv("PROMPTS", filepath.Join(course, "../../prompts"))
					// A file of 200 MB that takes no room on the disk.
					huge := filepath.Join(env.WorkDir, "huge.srt")
					f, err := os.Create(huge)
					if err != nil {
						return err
					}
					return errors.Join(f.Truncate(200<<20), f.Close())
				},
			})
		})
	}
}

// owned is the command that runs one statement as the owner of the tables, to break what the program itself can't.
func owned(url string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: owner 'one statement'")
		}
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, url)
		ts.Check(err)
		_, err = conn.Exec(ctx, args[0])
		ts.Check(errors.Join(err, conn.Close(ctx)))
	}
}

// TestReadmeDemo: what the README shows of demo-reject is what it prints, but for ids and milliseconds.
func TestReadmeDemo(t *testing.T) {
	app, owner := pgtest.URLs(t)
	t.Setenv("LECTERN_DATABASE_URL", app)
	t.Setenv("LECTERN_MIGRATE_URL", owner)
	var out, log bytes.Buffer
	if err := run(t.Context(), []string{"demo-reject", "--ingest", "../../courses/networks"}, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _ := strings.Cut(string(readme), "```\nThe student asks")
	shown, _, ok := strings.Cut("The student asks"+shown, "\n```")
	if !ok {
		t.Fatal("the README shows no demonstration")
	}
	changing := regexp.MustCompile(`an_[a-z2-7]{26}|\d+ ms|[ \t]+\n`)
	if want, got := changing.ReplaceAllString(shown, "\n"), changing.ReplaceAllString(out.String(), "\n"); !strings.HasPrefix(got, want) {
		t.Errorf("the README shows\n%s\nand the program prints\n%s", want, got)
	}
}

// jobOf sets $JOB to the newest job of a lecture: job-of COURSE LECTURE.
func jobOf(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: job-of course lecture")
	}
	ts.Check(ts.Exec("lectern", "jobs", "--json", "--limit", "1", "--course", args[0], "--lecture", args[1]))
	var jobs []jobJSON
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &jobs))
	if len(jobs) != 1 {
		ts.Fatalf("%s/%s has no job", args[0], args[1])
	}
	ts.Setenv("JOB", jobs[0].ID)
}

// answerOf sets $ANSWER to the id of the answer in a JSON file: answer-of FILE.
func answerOf(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: answer-of file")
	}
	var a struct {
		ID string `json:"answer_id"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &a))
	ts.Setenv("ANSWER", a.ID)
}

// lastColumn is a table's last column, the milliseconds, with the border left of it.
var lastColumn = regexp.MustCompile(`(?m)[┬┼┴│][^┬┼┴│┐┤┘\n]*[┐┤┘│]$`)

// TestReadmeReingest: what the README shows of the re-ingest of an edited lecture is what it prints, but for the
// milliseconds. The steps are those of the README.
func TestReadmeReingest(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(readme), "\ncp -r courses/networks edited\nsed -i s/wedding/birthday/ edited/04-tcp.vtt\nbin/lectern ingest edited\n```\n\n```\n")
	shown, _, ok := strings.Cut(after, "```\n")
	if !ok {
		t.Fatal("the README shows no re-ingest")
	}
	app, owner := pgtest.URLs(t)
	t.Setenv("LECTERN_DATABASE_URL", app)
	t.Setenv("LECTERN_MIGRATE_URL", owner)
	edited := filepath.Join(t.TempDir(), "edited")
	if err := os.CopyFS(edited, os.DirFS("../../courses/networks")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(edited, "04-tcp.vtt")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "wedding"); n != 1 {
		t.Fatalf("the word that the README edits stands %d times in %s", n, file)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "wedding", "birthday", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	for _, folder := range []string{"../../courses/networks", edited} {
		out.Reset()
		if err := run(t.Context(), []string{"ingest", folder}, &out, &log); err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
	}
	if want, got := lastColumn.ReplaceAllString(shown, ""), lastColumn.ReplaceAllString(out.String(), ""); got != want {
		t.Errorf("the README shows\n%s\nand the program prints\n%s", want, got)
	}
}
