package guard

// unit reads the unit at i. One describing word may stand before it: "8 host
// bits"; and a part of it: "a tenth of a second".
func (p *numberParser) unit(i int) (u measure, end int, ok bool) {
	if i >= len(p.words) {
		return u, i, false
	}
	if p.words[i].text == "-" && p.words[i].glued && i+1 < len(p.words) && p.words[i+1].glued { // 16-bit
		i++
	}
	if p.words[i].low == "of" && i+2 < len(p.words) && p.words[i+1].cue.has(cueArticle) {
		i += 2
	} else if p.words[i].cue.has(cueArticle) && i+1 < len(p.words) && p.words[i+1].cue.has(cueUnit) && i > 0 && p.words[i-1].low == "half" {
		i++ // half a second
	}
	u, end, ok = p.unitWord(i)
	if !ok {
		w := p.words[i]
		if i+1 >= len(p.words) || w.kind != letterWord || w.cue != 0 || p.words[i+1].clause != w.clause {
			return u, i, false
		}
		if u, end, ok = p.unitWord(i + 1); !ok || u.symbol {
			return measure{}, i, false
		}
	}
	if v, at, ok := p.per(end); ok && (u.dim == data || u.dim == length) && v == "s" {
		u, end = u.perSecond(), at
	}
	return u, end, true
}

// unitWord reads the unit that stands at i itself.
func (p *numberParser) unitWord(i int) (measure, int, bool) {
	if i >= len(p.words) {
		return measure{}, i, false
	}
	w := p.words[i]
	if u, ok := symbols[w.text]; ok && (!u.symbol || i > 0 && p.words[i-1].kind == digitWord) {
		if w.text == "bit" || u.dim < dollar || i > 0 && p.words[i-1].kind == digitWord {
			return u, i + 1, true
		}
	}
	if !w.cue.has(cueUnit) {
		return measure{}, i, false
	}
	if u, ok := p.lang.units[w.low]; ok {
		return u, i + 1, true
	}
	if i+1 < len(p.words) { // kilo bits, per cent
		if w.low == "per" && p.words[i+1].low == "cent" {
			return symbols["%"], i + 2, true
		}
		for _, pre := range prefixes {
			if u, ok := p.lang.units[p.words[i+1].low]; ok && pre.name == w.low && u.dim == data {
				u.factor *= pre.factor
				return u, i + 2, true
			}
		}
	}
	return measure{}, i, false
}

// per reads "per second", "a second", "/s" at i and returns "s".
func (p *numberParser) per(i int) (string, int, bool) {
	if i+1 >= len(p.words) {
		return "", i, false
	}
	w, next := p.words[i], p.words[i+1]
	if w.text == "/" && w.glued && (next.text == "s" || next.low == "sec" || next.low == "second") {
		return "s", i + 2, true
	}
	switch w.low {
	case "per", "a", "each", "every", "pro", "por", "par":
		switch next.low {
		case "second", "sekunde", "segundo", "seconde":
			return "s", i + 2, true
		}
	}
	return "", i, false
}
