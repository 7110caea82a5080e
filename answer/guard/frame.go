package guard

// denyingFrame: the sentence says of all that the evidence says that it is not
// so: "it is a myth that …", "nobody believes that …". The frame opens the
// sentence and ends with "that"; two thirds of what follows stand in one
// sentence of the evidence, which denies as much as they do. An evidence that
// speaks of errors itself is not judged.
func denyingFrame(_ *language, cl *claim) bool {
	from := frameEnd(cl.words)
	if from == 0 {
		return false
	}
	rest := cl.words[from:]
	for i := range cl.contexts {
		for k := range cl.contexts[i].words {
			if frameWords[cl.contexts[i].words[k].low] {
				return false
			}
		}
	}
	for i := range cl.contexts {
		for _, s := range sentencesOf(cl.contexts[i].words) {
			n := shared(rest, s, nil)
			if n >= 2 && 3*n >= 2*contentOf(rest) && hasDenial(rest) == hasDenial(s) && !asked(s, 0) {
				return true
			}
		}
	}
	return false
}

// frameWords are what a frame calls the rest.
var frameWords = wordSet(`myth wrong untrue false mistake mistaken error misconception fallacy lie nonsense fiction incorrect
	true correct right believe believes think thinks claim claims rumour legend`)

// maxFrame is how many words a frame has at most, its "that" included.
const maxFrame = 9

// frameEnd returns where what a denying frame denies begins; 0 if words do not
// begin with one.
func frameEnd(words []word) int {
	denied, frame, calls := false, false, false
	for i := 0; i < len(words) && i < maxFrame; i++ {
		switch low := words[i].low; {
		case low == "that":
			if i > 0 && frame && (denied || calls) {
				return i + 1
			}
			if i > 0 {
				return 0
			}
		case frameWords[low]:
			frame = true
			switch low {
			case "true", "correct", "right", "believe", "believes", "think", "thinks", "claim", "claims":
			default:
				calls = !denied // "no mistake" is none
				denied = denied && low != "wrong"
			}
		case words[i].cue.has(cueNot):
			denied = true
		case words[i].content() && !frameFill[low]:
			return 0
		}
	}
	return 0
}

// frameFill are the other words of a frame.
var frameFill = wordSet(`say said saying sensible serious people common popular widespread old simply just longer`)
