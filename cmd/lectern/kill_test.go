package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/postgres"
	"github.com/lectern-tutor/lectern/postgres/pgtest"
)

// killedCourse is how many lectures the ingest that is killed has.
const killedCourse = 40

// TestKilledIngest: an ingest of 40 lectures that is killed with SIGKILL between the first publish and the last, and run
// again, ends with what an undisturbed one ends with. LECTERN_STRESS=1 kills it in ten places, each three times over.
func TestKilledIngest(t *testing.T) {
	folder := generated(t, killedCourse)
	whole := newHouse(t)
	began := time.Now()
	if out, err := whole.command("ingest", "--course", "k", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	want := whole.digest()

	places, kills := 1, 1
	if os.Getenv("LECTERN_STRESS") == "1" {
		places, kills = 10, 3
	}
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("LECTERN_SEED"), 10, 64); err == nil {
		seed = given
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for place := range places {
		h, first := killInTheMiddle(t, r, folder)
		published := []int{first}
		for range kills - 1 {
			h.killAfter(folder, 1+r.IntN(3), time.Duration(r.IntN(20))*time.Millisecond)
			published = append(published, h.published())
		}
		began := time.Now()
		out, err := h.command("ingest", "--course", "k", folder).CombinedOutput()
		if err != nil {
			t.Fatalf("after the kill: %v\n%s", err, out)
		}
		t.Logf("place %d of %d (seed %d): killed with %v of %d lectures published, the rerun took %v, an undisturbed run %v",
			place+1, places, seed, published, killedCourse, time.Since(began).Round(time.Millisecond), took.Round(time.Millisecond))
		if got := h.digest(); got != want {
			t.Errorf("killed with %v lectures published and run again, the course has the digest %s, undisturbed %s", published, got, want)
		}
		if again := h.command("ingest", "--course", "k", folder); !strings.Contains(output(t, again), "nothing changed in k: 40 lectures up to date, 0 embedded") {
			t.Error("a third run found something to do")
		}
		if out := output(t, h.command("jobs", "--course", "k", "--pending")); strings.TrimSpace(out) != "no jobs" {
			t.Errorf("jobs are pending after the rerun:\n%s", out)
		}
		findings, err := ingest.Check(t.Context(), h.db, "k")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if f.Broken > 0 {
				t.Errorf("%s: %d of %d broken, such as %s", f.Rule, f.Broken, f.Checked, f.Example)
			}
		}
	}
}

// house is a database with the command's environment for it.
type house struct {
	t   *testing.T
	env []string
	db  *postgres.DB
}

func newHouse(t *testing.T) *house {
	t.Helper()
	app, owner := pgtest.URLs(t)
	db, err := postgres.Open(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return &house{t: t, db: db, env: append(os.Environ(), "LECTERN_DATABASE_URL="+app, "LECTERN_MIGRATE_URL="+owner, "LECTERN_LOG_LEVEL=warn")}
}

// command is the program with these arguments; TestMain has put it into the path.
func (h *house) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(h.t.Context(), "lectern", args...)
	c.Env = h.env
	return c
}

func output(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, errs.String())
	}
	return string(out)
}

func (h *house) digest() string {
	h.t.Helper()
	sum := strings.TrimSpace(output(h.t, h.command("doctor", "--digest")))
	if len(sum) != 64 {
		h.t.Fatalf("lectern doctor --digest prints %q", sum)
	}
	return sum
}

func (h *house) published() int {
	h.t.Helper()
	n, err := postgres.Collect(h.t.Context(), h.db, "k", pgx.RowTo[int], `
select count(*)::integer from lectures where course_id = $1 and active_version is not null`, "k")
	if err != nil {
		h.t.Fatal(err)
	}
	return n[0]
}

// killInTheMiddle kills an ingest after some lectures, and fails if that was before the first publish or after the last.
// An ingest that was through before it could be killed is tried again in a database of its own, and killed sooner.
func killInTheMiddle(t *testing.T, r *rand.Rand, folder string) (h *house, published int) {
	t.Helper()
	for latest := killedCourse - 10; latest > 0; latest /= 2 {
		h = newHouse(t)
		h.killAfter(folder, 1+r.IntN(latest), time.Duration(r.IntN(60))*time.Millisecond)
		if published = h.published(); published > 0 && published < killedCourse {
			return h, published
		}
	}
	t.Fatalf("no kill landed between the first publish and the last: %d of %d lectures were published", published, killedCourse)
	return nil, 0
}

// killAfter kills an ingest a while after it has reported the n-th lecture.
func (h *house) killAfter(folder string, n int, while time.Duration) {
	h.t.Helper()
	c := h.command("ingest", "--course", "k", folder)
	stderr, err := c.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		h.t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), fmt.Sprintf("[%d/", n)) {
			break
		}
	}
	time.Sleep(while)
	_ = c.Process.Kill() // it may have ended
	_ = c.Wait()
}

// generated is a folder of n lectures of about 12 chunks, each in words of its own.
func generated(t *testing.T, n int) string {
	t.Helper()
	text, err := os.ReadFile("../../courses/networks/04-tcp.vtt")
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`\b[a-z]+\b`).FindAllString(string(text), -1)
	r := rand.New(rand.NewPCG(40, 2))
	folder := t.TempDir()
	for i := range n {
		var b strings.Builder
		b.WriteString("WEBVTT\n")
		for cue := range 250 {
			fmt.Fprintf(&b, "\n%02d:%02d.000 --> %02d:%02d.500\n", cue/15, cue%15*4, cue/15, cue%15*4+3)
			for range 10 {
				b.WriteString(words[r.IntN(len(words))] + " ")
			}
			b.WriteString("then.\n")
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%02d-lecture.vtt", i)), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
