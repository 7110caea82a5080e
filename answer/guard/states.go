package guard

// HasNumber reports whether an English text holds a number.
func HasNumber(text string) bool { return len(englishNumbers(text)) > 0 }

// States reports whether an English text states every number of want: its value in any writing, and its quantity where
// both have a unit ("1,500 ms" is stated by "a second and a half" no more than by "1.5 hours", but by "1.5 s").
func States(text, want string) bool {
	said := englishNumbers(text)
	for _, w := range englishNumbers(want) {
		if !anyStates(said, &w) {
			return false
		}
	}
	return true
}

func englishNumbers(text string) []number {
	return numbers(readWords(text, languages["en"]), languages["en"])
}

func anyStates(said []number, want *number) bool {
	for i := range said {
		n := &said[i]
		if want.id != "" && want.id == n.id {
			return true
		}
		for _, v := range n.values[:n.n] {
			for _, w := range want.values[:want.n] {
				if n.unit.dim == noUnit || want.unit.dim == noUnit {
					if same(v, w) {
						return true
					}
				} else if (n.unit.dim == want.unit.dim || isData(n.unit.dim) && isData(want.unit.dim)) && same(v*n.unit.factor, w*want.unit.factor) {
					return true
				}
			}
		}
		if anyStates(n.parts, want) {
			return true
		}
	}
	return false
}
