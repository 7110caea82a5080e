package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// stages shows how far an eval is: a bar on a terminal; anywhere else a line when a stage begins, when it ends, and in
// between every ten seconds. Safe for concurrent use.
type stages struct {
	w        io.Writer
	terminal bool

	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	stage string
	most  int // done in this stage; calls may overtake each other
	said  time.Time
}

const stageLine = 10 * time.Second

func newStages(w io.Writer) *stages {
	f, ok := w.(interface{ Fd() uintptr })
	return &stages{w: w, terminal: ok && isatty.IsTerminal(f.Fd())}
}

func (s *stages) at(stage string, done, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begins := stage != s.stage
	if begins {
		s.clear()
		s.stage, s.most = stage, 0
	}
	if done < s.most {
		return
	}
	s.most = done
	if s.terminal {
		if s.bar == nil {
			s.bar = progressbar.NewOptions(all, progressbar.OptionSetWriter(s.w), progressbar.OptionSetWidth(30), progressbar.OptionSetDescription(fmt.Sprintf("%-22s", stage)),
				progressbar.OptionSetPredictTime(true), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(50*time.Millisecond))
		}
		_ = s.bar.Set(done)
		return
	}
	if begins || done == all || time.Since(s.said) >= stageLine {
		fmt.Fprintf(s.w, "%s: %d of %d\n", stage, done, all)
		s.said = time.Now()
	}
}

func (s *stages) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *stages) clear() {
	if s.bar != nil {
		_ = s.bar.Finish()
		s.bar = nil
	}
}
