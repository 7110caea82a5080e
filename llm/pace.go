package llm

import (
	"errors"
	"sync"
	"time"
	"unicode"
)

// How fast a streamed reply must come, besides Config.FirstByteTimeout and
// Config.IdleTimeout. All limits count characters that show, of content,
// reasoning or refusal: a comment, a blank line, an event without text and
// white space are silence.
const (
	// openWait is the longest wait for text while the breaker is open, from the
	// sending of the request or from the text before. Whoever waits for a server
	// that is down should be told, and not only those who ask later: a reply that
	// goes on is read to its end, one that was silent for so long when the breaker
	// opens ends at once.
	openWait = time.Second

	// rateChars characters at least must come in every rateWindow from the first
	// text to the finish reason: about one token in two seconds, at which nobody
	// would wait for an answer. In particular no silence may be longer than
	// rateWindow, whatever Config.IdleTimeout says.
	rateChars  = 20
	rateWindow = 10 * time.Second
)

// Why a stream is given up; errOpen is the fourth.
var (
	errSilent  = errors.New("no reply")        // no text of a reply in time
	errStalled = errors.New("stream stalled")  // no more text in time
	errTooSlow = errors.New("stream too slow") // below rateChars in rateWindow
)

// limits are what a pace holds a stream to. The zero value is no limit at all.
type limits struct {
	first  time.Duration // from sending the request to the first text
	idle   time.Duration // from text to text, and from the finish reason to the end
	open   time.Duration // instead of either, if it is shorter, while the breaker is open
	window time.Duration // in which rateChars must come
}

// A pace ends a stream that is too slow for its limits. Its clock runs from
// start to end, except between hold and resume: the caller's time is not the
// server's. It is safe for concurrent use.
type pace struct {
	limits limits
	stop   func(why error) // ends the stream; called once at most

	mu     sync.Mutex
	timer  *time.Timer // nil before start
	since  time.Time   // when the clock was last set going, zero while it stands
	before time.Duration
	open   bool                     // the breaker is
	begun  bool                     // there was text
	whole  bool                     // there was a finish reason
	last   time.Duration            // by the clock: the last text, or the finish reason
	recent [rateChars]time.Duration // by the clock: the last characters, a ring
	oldest int                      // where the ring begins
	done   bool
	why    error
}

// start sets the clock going, once.
func (p *pace) start() {
	p.mu.Lock()
	if p.limits == (limits{}) || p.timer != nil || p.done {
		p.mu.Unlock()
		return
	}
	p.timer = time.AfterFunc(p.limits.first, p.check)
	p.since = time.Now()
	p.mu.Unlock()
	p.check()
}

// hold stops the clock while the caller is busy with what came.
func (p *pace) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.before, p.since = p.reading(), time.Time{}
		p.timer.Stop()
	}
}

// resume lets the clock go on.
func (p *pace) resume() {
	p.mu.Lock()
	if p.timer != nil && p.since.IsZero() {
		p.since = time.Now()
	}
	p.mu.Unlock()
	p.check()
}

// came says that so many characters have come.
func (p *pace) came(chars int) {
	if chars == 0 {
		return
	}
	p.mu.Lock()
	now, first := p.reading(), !p.begun
	if first {
		p.begun = true
		for i := range p.recent {
			p.recent[i] = now
		}
	}
	p.last = now
	for range min(chars, rateChars) {
		p.recent[p.oldest] = now
		p.oldest = (p.oldest + 1) % rateChars
	}
	p.mu.Unlock()
	if first { // later text only puts off what the timer waits for
		p.check()
	}
}

// finished says that the finish reason has come: what may follow is the usage.
func (p *pace) finished() {
	p.mu.Lock()
	p.begun, p.whole, p.last = true, true, p.reading()
	p.mu.Unlock()
	p.check()
}

// hurry says whether the breaker is open.
func (p *pace) hurry(open bool) {
	p.mu.Lock()
	p.open = open
	p.mu.Unlock()
	p.check()
}

// end lets the stream alone from now on.
func (p *pace) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

// endedBy is why the stream was given up, nil if it was not.
func (p *pace) endedBy() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.why
}

// check ends the stream if its time is over and sets the timer if it is not.
func (p *pace) check() {
	p.mu.Lock()
	if p.timer == nil || p.since.IsZero() || p.done {
		p.mu.Unlock()
		return
	}
	at, why := p.due()
	if left := at - p.reading(); left > 0 {
		p.timer.Reset(left)
		p.mu.Unlock()
		return
	}
	p.done, p.why = true, why
	p.mu.Unlock()
	p.stop(why)
}

// due is when, by the clock, the stream is given up if nothing comes, and why.
func (p *pace) due() (at time.Duration, why error) {
	if at, why = p.limits.first, errSilent; p.begun {
		at, why = p.last+p.limits.idle, errStalled
	}
	if slow := p.recent[p.oldest] + p.limits.window; p.begun && !p.whole && slow < at {
		at, why = slow, errTooSlow
	}
	if soon := p.last + p.limits.open; p.open && soon < at {
		at, why = soon, errOpen
	}
	return at, why
}

// reading is what the clock shows.
func (p *pace) reading() time.Duration {
	if p.since.IsZero() {
		return p.before
	}
	return p.before + time.Since(p.since)
}

// showing counts the characters of s that [visible] looks for.
func showing(s string) (n int) {
	for _, r := range s {
		if unicode.IsGraphic(r) && !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}
