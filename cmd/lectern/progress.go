package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// progress shows how an ingest gets on: a bar on a terminal, and a line per file, in their order. It is safe for
// concurrent use.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	bar   *progressbar.ProgressBar // nil: not a terminal
	parts []int                    // of each file, in percent
	count int                      // files that are through
}

func newProgress(w io.Writer, files int) *progress {
	p := &progress{w: w, parts: make([]int, files)}
	if terminal(w) {
		p.bar = progressbar.NewOptions(files*100, progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(30),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(50*time.Millisecond))
	}
	return p
}

// terminal reports whether somebody reads or writes the other end of f.
func terminal(f any) bool {
	file, ok := f.(interface{ Fd() uintptr })
	return ok && isatty.IsTerminal(file.Fd())
}

// stage takes down where file i is. done and all are as [ingest.Ingester.Lecture] gives them.
func (p *progress) stage(i int, lecture string, stage ingest.Stage, done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if stage == ingest.StageRetry {
		p.line(fmt.Sprintf("  %s: again in %.0f s (attempt %d of %d)", lecture, ingest.RetryDelay(done-1).Seconds(), done, all))
		done, all = 0, 0
	}
	if p.bar == nil {
		return
	}
	p.parts[i] = 0
	if all > 0 {
		p.parts[i] = min(100*done/all, 99)
	}
	p.bar.Describe(fmt.Sprintf("%-28.28s %-10s", lecture, stage))
	p.draw()
}

func (p *progress) draw() {
	if p.bar == nil {
		return
	}
	sum := 0
	for _, part := range p.parts {
		sum += part
	}
	_ = p.bar.Set(sum)
}

// done says what became of the next file.
func (p *progress) done(r ingest.Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next()
	for _, w := range r.Warnings[:min(len(r.Warnings), 3)] {
		if w.Line == 0 {
			p.line(fmt.Sprintf("  %s: %s", r.Lecture, w.Message))
			continue
		}
		p.line(fmt.Sprintf("  %s: line %d: %s", r.Lecture, w.Line, w.Message))
	}
	if more := len(r.Warnings) - 3; more > 0 {
		p.line(fmt.Sprintf("  %s: and %s more", r.Lecture, plural(more, "warning")))
	}
	if p.bar != nil {
		return
	}
	what := fmt.Sprintf("version %d, %s, %d new, %d embedded", r.Version, plural(r.Chunks, "chunk"), r.New, r.Embedded)
	if r.Unchanged {
		what = "unchanged"
	}
	p.line(fmt.Sprintf("[%d/%d] %s: %s", p.count, len(p.parts), r.Lecture, what))
}

// failed says why the next file was not ingested.
func (p *progress) failed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next()
	p.line("lectern: " + err.Error())
}

func (p *progress) next() {
	p.parts[p.count] = 100
	p.count++
	p.draw()
}

func (p *progress) line(s string) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintln(p.w, s)
}

func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
