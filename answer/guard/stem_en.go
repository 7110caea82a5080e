package guard

import "strings"

// englishStem takes the inflection off a word in lower case, so that send,
// sends, sent and sending are one. It is lighter than a search stemmer on
// purpose: sender and send stay apart, and so do reliable and unreliable,
// because an alignment that is wrong costs a true sentence.
func englishStem(w string) string {
	if base, ok := irregular[w]; ok {
		return base
	}
	if len(w) < 4 {
		return w
	}
	switch w[len(w)-1] {
	case 's':
		switch {
		case strings.HasSuffix(w, "ies") && len(w) > 4:
			w = w[:len(w)-3] + "y"
		case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "xes"):
			w = w[:len(w)-2]
		case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
		default:
			w = w[:len(w)-1]
		}
	case 'd':
		switch {
		case strings.HasSuffix(w, "ied") && len(w) > 4:
			w = w[:len(w)-3] + "y"
		case strings.HasSuffix(w, "ed") && !strings.HasSuffix(w, "eed") && len(w) > 4 && hasVowel(w[:len(w)-2]):
			w = undouble(w[:len(w)-2])
		}
	case 'g':
		if strings.HasSuffix(w, "ing") && len(w) > 5 && hasVowel(w[:len(w)-3]) {
			w = undouble(w[:len(w)-3])
		}
	case 'y':
		if strings.HasSuffix(w, "ly") && len(w) > 5 {
			w = w[:len(w)-2]
		}
	}
	if n := len(w); n > 3 && w[n-1] == 'e' {
		w = w[:n-1]
	}
	return w
}

func hasVowel(s string) bool { return strings.ContainsAny(s, "aeiouy") }

// undouble takes the doubled consonant of dropped, stopping off.
func undouble(w string) string {
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && strings.IndexByte("bdgmnprt", w[n-1]) >= 0 {
		return w[:n-1]
	}
	return w
}

// irregular maps forms to the stem of their base.
var irregular = func() map[string]string {
	m := map[string]string{}
	for _, line := range strings.Split(`know knew known knows|send sent|lose lost losing loses|keep kept|tell told|take took taken takes taking|go goes went gone going
see saw seen|come came comes coming|give gave given gives giving|find found|hold held|begin began begun beginning|mean meant|build built
break broke broken|choose chose chosen choosing|write wrote written writes writing|make made makes making|run ran running runs|say said says
think thought|leave left leaving leaves|fall fell fallen|grow grew grown|throw threw thrown|draw drew drawn|speak spoke spoken
forget forgot forgotten forgetting|stand stood|understand understood|put putting puts|set setting sets|cut cutting cuts|buy bought
bring brought|catch caught|fight fought|feel felt|get got gotten|hear heard|hide hid hidden|lead led|meet met|pay paid|read
rise rose risen|sell sold|shake shook shaken|show showed shown|shrink shrank shrunk|sleep slept|spend spent|teach taught|wake woke woken
win won|use used uses using|bad worse worst|arise arose arisen|become became|carry carried carries carrying|try tried tries|
more|less|most|least|man men|woman women|person people|child children|vertex vertices|index indices indexes|matrix matrices
datum|medium media|analysis analyses|bus buses|thus|this|does|was|has|always|need needed needs|seed|speed|bed|red|shed
fast faster fastest|slow slower slowest slowly|quick quicker quickest quickly|long longer longest|short shorter shortest
large larger largest|small smaller smallest|big bigger biggest|high higher highest highly|low lower lowest|great greater greatest
cheap cheaper cheapest|strong stronger strongest|weak weaker weakest|early earlier earliest|late later latest|wide wider widest
simple simpler simplest simply|easy easier easiest easily|hard harder hardest|near nearer nearest|rare rarer rarely|common commonly
utilisation utilization utilize utilise|optimise optimize optimised optimized|recognise recognize|behaviour behavior|metre meter
centre center|favour favor|colour color|acknowledgement acknowledgment`, "\n") {
		for _, group := range strings.Split(line, "|") {
			forms := strings.Fields(group)
			for _, f := range forms {
				m[f] = forms[0]
			}
		}
	}
	return m
}()
