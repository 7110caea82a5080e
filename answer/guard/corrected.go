package guard

// correctionIgnored: the sentence says what the evidence corrects in a sentence
// of its own: "Butter goes on the bread. Not the plate, the bread." A sentence
// that has the word only as the evidence denies it, and shares two words with
// the sentence that is corrected and denies as much as that, is wrong.
func correctionIgnored(_ *language, cl *claim) bool {
	for i := range cl.contexts {
		sentences := sentencesOf(cl.contexts[i].words)
		for k := 1; k < len(sentences); k++ {
			s := sentences[k]
			if s[0].low != "not" || len(s) < 3 || s[1].low != "the" && s[1].low != "a" && s[1].low != "an" || s[len(s)-1].text == "?" {
				continue
			}
			wrong, right := s[1:], []word(nil)
			for j := range s {
				if s[j].text == "," {
					wrong, right = s[1:j], s[j+1:]
					break
				}
			}
			n := contentOf(wrong)
			if n == 0 || len(right) == 0 || shared(wrong, cl.words, nil) < n || shared(wrong, sentences[k-1], nil) == n {
				continue
			}
			if elsewhere(wrong, sentences, k) || shared(right, cl.words, nil) > shared(right, wrong, nil) {
				continue
			}
			if hasDenial(cl.words) == hasDenial(sentences[k-1]) && shared(cl.words, sentences[k-1], nil) >= 2 {
				return true
			}
		}
	}
	return false
}

// elsewhere reports whether another of the sentences than the k-th has all that
// words say.
func elsewhere(words []word, sentences [][]word, k int) bool {
	for j, s := range sentences {
		if j != k && shared(words, s, nil) == contentOf(words) {
			return true
		}
	}
	return false
}
