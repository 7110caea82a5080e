package llm

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// TestPace: when a stream is given up, to the moment, and why.
func TestPace(t *testing.T) {
	const ms = time.Millisecond
	lim := limits{first: 15 * time.Second, idle: 8 * time.Second, open: openWait, window: rateWindow}
	type step struct {
		at time.Duration
		do func(*pace)
	}
	text := func(at time.Duration, chars int) step { return step{at, func(p *pace) { p.came(chars) }} }
	breaker := func(at time.Duration, open bool) step { return step{at, func(p *pace) { p.hurry(open) }} }
	hold := func(at time.Duration) step { return step{at, (*pace).hold} }
	resume := func(at time.Duration) step { return step{at, (*pace).resume} }
	finish := func(at time.Duration) step { return step{at, (*pace).finished} }
	every := func(d time.Duration, chars, n int) (list []step) {
		for i := range n {
			list = append(list, text(time.Duration(i)*d, chars))
		}
		return list
	}
	for name, tt := range map[string]struct {
		steps []step
		at    time.Duration
		why   error
	}{
		"silent":                    {nil, 15 * time.Second, errSilent},
		"no characters":             {[]step{text(ms, 0), text(14*time.Second, 0)}, 15 * time.Second, errSilent},
		"stalled":                   {[]step{text(time.Second, 30)}, 9 * time.Second, errStalled},
		"late, then stalled":        {[]step{text(14*time.Second, 1)}, 22 * time.Second, errStalled},
		"a character a second":      {every(time.Second, 1, 60), 10 * time.Second, errTooSlow},
		"two in 0.9 s, then none":   {every(900*ms, 2, 61), 55900 * ms, errTooSlow}, // 19 from 45.9 s, not counted itself, to the last at 54 s
		"a burst, then trickling":   {append([]step{text(0, 100)}, every(2*time.Second, 1, 60)[1:]...), 10 * time.Second, errTooSlow},
		"trickling at the end":      {[]step{text(0, 1), text(6*time.Second, 1), finish(7 * time.Second)}, 15 * time.Second, errStalled},
		"opening on the unsent":     {[]step{breaker(0, true)}, time.Second, errOpen},
		"opening on the silent":     {[]step{breaker(3*time.Second, true)}, 3 * time.Second, errOpen},
		"opening on the just asked": {[]step{breaker(400*ms, true)}, time.Second, errOpen},
		"opening on the stalled":    {[]step{text(time.Second, 30), breaker(2500*ms, true)}, 2500 * ms, errOpen},
		"opening between text":      {[]step{text(0, 30), breaker(500*ms, true), text(900*ms, 1), text(1800*ms, 1)}, 2800 * ms, errOpen},
		"opening at the end":        {[]step{text(0, 30), finish(100 * ms), breaker(200*ms, true)}, 1100 * ms, errOpen},
		"open and closed again":     {[]step{breaker(100*ms, true), breaker(600*ms, false)}, 15 * time.Second, errSilent},
		"the caller's time":         {[]step{text(0, 30), hold(0), breaker(5*time.Second, true), resume(60 * time.Second)}, 61 * time.Second, errOpen},
		"held in silence":           {[]step{text(0, 30), hold(3 * time.Second), resume(30 * time.Second)}, 35 * time.Second, errStalled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var at time.Duration
				began := time.Now()
				p := &pace{limits: lim, stop: func(error) {
					mu.Lock()
					defer mu.Unlock()
					if at != 0 {
						t.Error("ended twice")
					}
					at = time.Since(began)
				}}
				p.start()
				for _, s := range tt.steps {
					time.Sleep(time.Until(began.Add(s.at)))
					s.do(p)
				}
				time.Sleep(10 * time.Minute)
				p.end()
				mu.Lock()
				defer mu.Unlock()
				if !errors.Is(p.endedBy(), tt.why) || at != tt.at {
					t.Errorf("ended after %s: %v; want %s: %v", at, p.endedBy(), tt.at, tt.why)
				}
			})
		})
	}
}

// Without limits, and once it has ended, a stream is let alone.
func TestPaceLetsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := func(why error) { t.Errorf("ended: %v", why) }
		unbounded := &pace{stop: stop}
		ended := &pace{stop: stop, limits: limits{first: time.Second, idle: time.Second, open: time.Second, window: time.Second}}
		for _, p := range []*pace{unbounded, ended} {
			p.start()
			p.end()
			p.hurry(true)
			p.came(1)
			p.hold()
			p.resume()
			p.start()
		}
		time.Sleep(time.Hour)
		synctest.Wait()
	})
}

// silences are streams that send something all the time and no text.
var silences = map[string]string{
	"comments":       ": ping\n\n",
	"blank lines":    strings.Repeat("\n", 40),
	"events":         "event: ping\n",
	"empty deltas":   chunk(`{"role":"assistant","content":""}`, `null`),
	"no choices":     `data: {"choices":[]}` + "\n\n",
	"white space":    chunk(`{"content":"\n \u200b"}`, `null`),
	"another choice": strings.Replace(chunk(`{"content":"text"}`, `null`), `"index":0`, `"index":1`, 1),
	"null reasoning": chunk(`{"reasoning":null,"reasoning_details":[]}`, `null`),
}

// What is no text keeps no stream alive, neither before the first text nor after it.
func TestOnlyTextIsProgress(t *testing.T) {
	for name, nothing := range silences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, c := start(t, func(cfg *Config) {
				cfg.MaxAttempts, cfg.FirstByteTimeout, cfg.IdleTimeout = 1, 400*time.Millisecond, 400*time.Millisecond
			})
			idling := llmtest.Reply{Raw: []byte(strings.Repeat(nothing, 1000)), WriteSize: len(nothing), Every: 20 * time.Millisecond, Header: sse}
			srv.Enqueue(idling)
			began := time.Now()
			if _, _, err := collect(c, t.Context(), ask()); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errSilent) {
				t.Errorf("before the first text: %v", err)
			}
			idling.Raw = append([]byte(chunk(`{"content":"x"}`, `null`)), idling.Raw...)
			srv.Enqueue(idling)
			text, _, err := collect(c, t.Context(), ask())
			if !errors.Is(err, ErrIncomplete) || strings.TrimLeft(text, "x\n \u200b") != "" {
				t.Errorf("after it: %q, %v", text, err)
			}
			if took := time.Since(began); took > 10*time.Second { // 20 s each without; 0.8 s together on a quiet machine
				t.Errorf("took %s", took)
			}
		})
	}
}

// A model that thinks aloud, by whichever field, is not silent.
func TestThinkingIsProgress(t *testing.T) {
	thought := strings.Repeat("hm, ", 15)
	for name, reply := range map[string]llmtest.Reply{
		"reasoning_content": {Reasoning: thought, Content: "ok"},
		"in front":          {Content: "<think>" + thought + "</think>ok"},
		"reasoning":         {Raw: []byte(strings.Repeat(chunk(`{"content":"","reasoning":"hm"}`, `null`), 15) + chunk(`{"content":"ok"}`, `"stop"`)), WriteSize: len(chunk(`{"content":"","reasoning":"hm"}`, `null`)), Header: sse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, c := start(t, func(cfg *Config) { cfg.FirstByteTimeout, cfg.IdleTimeout = 700*time.Millisecond, 700*time.Millisecond })
			reply.Every = 60 * time.Millisecond
			srv.Enqueue(reply)
			if text, got, err := collect(c, t.Context(), ask()); err != nil || text != "ok" || got.Calls != 1 {
				t.Errorf("%q, %+v, %v", text, got, err)
			}
		})
	}
}

// A reply that trickles is given up like one that stalls, and counts against the server like one.
func TestTooSlow(t *testing.T) {
	srv, c := start(t, func(cfg *Config) { cfg.BreakerFailures = 1 })
	c.pace.window = 500 * time.Millisecond
	srv.Enqueue(llmtest.Reply{Deltas: strings.SplitAfter(strings.Repeat("a", 100), ""), Every: 100 * time.Millisecond})
	began := time.Now()
	text, got, err := collect(c, t.Context(), ask())
	if !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "fewer than 20 characters in 500ms") || got.Calls != 1 || text == "" {
		t.Errorf("%q, %d calls, %v", text, got.Calls, err)
	}
	if took := time.Since(began); took > 5*time.Second { // 10 s without
		t.Errorf("took %s", took)
	}
	if _, got, err := collect(c, t.Context(), ask()); !errors.Is(err, ErrUnavailable) || got.Calls != 0 {
		t.Errorf("%d calls, %v; want the breaker open", got.Calls, err)
	}
}
