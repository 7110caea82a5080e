package llm

import "strings"

// What a model thinks before it answers comes in one of two ways. Servers that know the model's template send it apart,
// as reasoning_content beside content. Others leave it where the model wrote it, between <think> and </think> in front of
// the reply. Either way it is ChatResponse.Reasoning and no part of Content. The field reasoning, which some servers send
// instead of reasoning_content, is not read at all: it is neither in Content nor in Reasoning.
//
// A reply that has </think> but not <think>, because the template wrote that into the prompt, is left as it is: where the
// thinking ends could be known only from the end, when a stream has long been passed on.
const (
	thinkOpen  = "<think>"
	thinkClose = "</think>"
)

// A thinker parts what a model thought from what it replied, whatever pieces both come in. The zero value is ready.
type thinker struct {
	state   thinkState
	held    string          // not yet known which it is
	thought strings.Builder // what stood between the tags
}

type thinkState int

const (
	thinkMaybe  thinkState = iota // nothing but white space and a part of <think> so far
	thinkInside                   // behind <think>
	thinkBehind                   // behind </think>, before the first character of the reply
	thinkDone                     // all that comes is the reply
)

// write takes the next piece and returns what of it, and of what was held back, belongs to the reply.
func (t *thinker) write(piece string) (reply string) {
	t.held += piece
	if t.state == thinkMaybe {
		switch start := strings.TrimLeft(t.held, " \t\r\n"); {
		case strings.HasPrefix(start, thinkOpen):
			t.state, t.held = thinkInside, start[len(thinkOpen):]
		case !strings.HasPrefix(thinkOpen, start):
			t.state = thinkDone
		}
	}
	if t.state == thinkInside {
		i := strings.Index(t.held, thinkClose)
		if i < 0 {
			// The end of what is held may be the beginning of the tag.
			if sure := len(t.held) - len(thinkClose) + 1; sure > 0 {
				t.thought.WriteString(t.held[:sure])
				t.held = t.held[sure:]
			}
			return ""
		}
		t.thought.WriteString(t.held[:i])
		t.state, t.held = thinkBehind, t.held[i+len(thinkClose):]
	}
	if t.state == thinkBehind {
		if t.held = strings.TrimLeft(t.held, " \t\r\n"); t.held != "" {
			t.state = thinkDone
		}
	}
	if t.state == thinkDone {
		reply, t.held = t.held, ""
	}
	return reply
}

// end returns what is left of the reply once all has been written. Thinking that never ended is thinking.
func (t *thinker) end() (reply string) {
	switch t.state {
	case thinkMaybe:
		reply = t.held
	case thinkInside:
		t.thought.WriteString(t.held)
	}
	t.state, t.held = thinkDone, ""
	return reply
}

// reasoning joins what the server sent apart and what stood between the tags.
func (t *thinker) reasoning(apart string) string {
	return strings.TrimSpace(apart + "\n" + t.thought.String())
}

// cutThinking parts a whole reply.
func cutThinking(content, apart string) (reply, reasoning string) {
	var t thinker
	reply = t.write(content)
	reply += t.end()
	return reply, t.reasoning(apart)
}
