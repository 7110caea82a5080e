package eval

import (
	"errors"
	"slices"
	"strings"

	"github.com/lectern-tutor/lectern/answer/guard"
)

// ErrOneError says that only false sentences or only true ones were given. A guard that rejects everything catches every
// falsehood, and one that rejects nothing no truth: neither figure means anything without the other.
var ErrOneError = errors.New("both errors are printed together: give false sentences (with why) and true paraphrases")

// A PairSet is a file of pairs with the course that they are about.
type PairSet struct {
	*Pairs
	Language string // the course's
	Lectures map[string]PairLecture
}

// A PairsReport holds both errors of the guard: false sentences under true quotes that it lets through, and true paraphrases
// that it rejects.
type PairsReport struct {
	Guard   string      `json:"guard"`           // guard.Version
	Weights string      `json:"support_weights"` // version of layer 7's
	Files   []PairsFile `json:"files"`
	// False and True count the sentences by kind, in the kinds' order, the sum of all at the end.
	False []PairRow `json:"false"`
	True  []PairRow `json:"true"`
	// Layers count them by code, in the order of the layers: the codes of layers 4 to 7, and others that rejected anything.
	Layers []PairLayer `json:"layers"`
	Wrong  []PairWrong `json:"wrong"` // in the order of the files
}

// PairsFile is one file that was judged.
type PairsFile struct {
	Path     string   `json:"path"`
	Course   string   `json:"course"`
	Language string   `json:"language"`
	False    bool     `json:"false"`
	Pairs    int      `json:"pairs"`
	Judged   []string `json:"judged"` // layers beyond the quote that judged; empty: they do not know the language
}

// PairRow counts the verdicts of one kind.
type PairRow struct {
	Kind     string         `json:"kind"`
	Pairs    int            `json:"pairs"`
	Rejected int            `json:"rejected"`
	Share    Estimate       `json:"share"`  // rejected of all, with Wilson's interval
	Review   int            `json:"review"` // released, and flagged for a person by layer 7
	By       map[string]int `json:"by"`     // how many each code rejected; a pair may have several
}

// PairLayer counts what one code rejected of the false sentences and of the true ones.
type PairLayer struct {
	Layer string    `json:"layer"`
	Code  string    `json:"code"`
	False PairCount `json:"false"`
	True  PairCount `json:"true"`
}

// PairCount is how many of a set one code rejected.
type PairCount struct {
	Rejected int      `json:"rejected"`
	Only     int      `json:"only"` // of these, how many no other code rejected
	Share    Estimate `json:"share"`
}

// PairWrong is a sentence that was judged wrongly: a false one that was released, or a true one that was rejected.
type PairWrong struct {
	Path    string   `json:"path"`
	Line    int      `json:"line"`
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	False   bool     `json:"false"`
	Codes   []string `json:"codes"`
	Details []string `json:"details"`
}

// MeasurePairs shows the guard every pair. Without a file of false sentences and one of true ones it is ErrOneError; an id
// that stands in two files, or a quote that its lecture does not hold, is a *FileError.
func MeasurePairs(sets []PairSet) (*PairsReport, error) {
	weights, err := guard.ShippedWeights()
	if err != nil {
		return nil, err
	}
	given := func(lies bool) bool {
		return slices.ContainsFunc(sets, func(s PairSet) bool { return s.False() == lies })
	}
	if !given(true) || !given(false) {
		return nil, ErrOneError
	}
	r := &PairsReport{Guard: guard.Version, Weights: weights.Version, Wrong: []PairWrong{}}
	var verdicts struct{ ofFalse, ofTrue []PairVerdict }
	seen := map[string]string{}
	for _, set := range sets {
		for i := range set.Pairs.Pairs {
			pair := &set.Pairs.Pairs[i]
			if other, twice := seen[pair.ID]; twice {
				return nil, set.fault(pair, "id", "stands in %s already", other)
			}
			seen[pair.ID] = set.path
		}
		judged, err := set.Judge(set.Language, set.Lectures)
		if err != nil {
			return nil, err
		}
		r.add(set, judged)
		if set.False() {
			verdicts.ofFalse = append(verdicts.ofFalse, judged...)
		} else {
			verdicts.ofTrue = append(verdicts.ofTrue, judged...)
		}
	}
	r.False, r.True = PairTable(verdicts.ofFalse), PairTable(verdicts.ofTrue)
	for _, code := range guard.Codes() {
		l := PairLayer{Layer: code.Layer(), Code: string(code), False: countCode(verdicts.ofFalse, code), True: countCode(verdicts.ofTrue, code)}
		if l.Layer >= "4" && l.Layer <= "7" || l.False.Rejected+l.True.Rejected > 0 {
			r.Layers = append(r.Layers, l)
		}
	}
	return r, nil
}

func (r *PairsReport) add(set PairSet, judged []PairVerdict) {
	file := PairsFile{Path: set.path, Course: set.Course, Language: set.Language, False: set.False(), Pairs: len(judged), Judged: []string{}}
	for _, v := range judged {
		if len(v.Judged) > len(file.Judged) {
			file.Judged = v.Judged
		}
		if released := len(v.Codes) == 0; released == set.False() {
			r.Wrong = append(r.Wrong, PairWrong{
				Path: set.path, Line: v.Pair.Line, ID: v.Pair.ID, Kind: v.Pair.Kind, False: set.False(),
				Codes: append([]string{}, v.Codes...), Details: append([]string{}, v.Details...),
			})
		}
	}
	r.Files = append(r.Files, file)
}

// PairTable counts verdicts by kind, in the kinds' order, with the sum of all at the end.
func PairTable(verdicts []PairVerdict) []PairRow {
	rows := map[string]*PairRow{}
	all := &PairRow{Kind: "all", By: map[string]int{}}
	for _, v := range verdicts {
		row := rows[v.Pair.Kind]
		if row == nil {
			row = &PairRow{Kind: v.Pair.Kind, By: map[string]int{}}
			rows[v.Pair.Kind] = row
		}
		for _, r := range []*PairRow{row, all} {
			r.Pairs++
			if len(v.Codes) > 0 {
				r.Rejected++
			} else if v.Review {
				r.Review++
			}
			for _, c := range v.Codes {
				r.By[c]++
			}
		}
	}
	var out []PairRow
	for _, r := range rows {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b PairRow) int { return strings.Compare(a.Kind, b.Kind) })
	out = append(out, *all)
	for i := range out {
		out[i].Share = Wilson(out[i].Rejected, out[i].Pairs)
	}
	return out
}

func countCode(verdicts []PairVerdict, code guard.Code) PairCount {
	var n PairCount
	for _, v := range verdicts {
		if slices.Contains(v.Codes, string(code)) {
			n.Rejected++
			if len(v.Codes) == 1 {
				n.Only++
			}
		}
	}
	n.Share = Wilson(n.Rejected, len(verdicts))
	return n
}
