package eval

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Qrels are relevance judgements: question, document, grade. A grade of 1 or more is relevant, 0 is judged not relevant;
// below 0 means in the pool but not judged, which counts as not judged at all, as in trec_eval.
type Qrels map[string]map[string]int

// A Run is what a system returned: for each question the documents with their scores, in any order.
type Run map[string][]Scored

// Scored is one returned document.
type Scored struct {
	Doc   string
	Score float64 // finite; higher is better
}

// maxGrade bounds a grade, so that sums of gains stay exact.
const maxGrade = 1_000_000

// ReadQrels reads judgements as TREC writes them: question, iteration (ignored), document, grade, separated by white
// space. Lines that begin with # are comments. A document that is judged twice for a question is an error, as it is for
// trec_eval. name stands in errors.
func ReadQrels(name string, r io.Reader) (Qrels, error) {
	q := Qrels{}
	l := &lines{path: name}
	err := l.each(r, func(line []byte) error {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			return nil
		}
		f := strings.Fields(string(line))
		if len(f) != 4 {
			return l.fault("", "%d fields where question, iteration, document and grade are wanted", len(f))
		}
		return q.add(l, f[0], f[2], f[3])
	})
	return q, err
}

// add checks a judgement and keeps it.
func (q Qrels) add(l *lines, question, doc, grade string) error {
	if err := cmp.Or(l.id("question", question), l.id("document", doc)); err != nil {
		return err
	}
	g, err := strconv.Atoi(grade)
	if err != nil || g < -maxGrade || g > maxGrade {
		return l.fault("grade", "%.40q is not a whole number of at most a million", grade)
	}
	if q[question] == nil {
		q[question] = map[string]int{}
	}
	if _, twice := q[question][doc]; twice {
		return l.fault("document", "%q is judged twice for question %q", doc, question)
	}
	q[question][doc] = g
	return nil
}

// WriteQrels writes judgements as ReadQrels reads them, sorted by question and document.
func WriteQrels(w io.Writer, q Qrels) error {
	b := bufio.NewWriter(w)
	for _, question := range slices.Sorted(maps.Keys(q)) {
		for _, doc := range slices.Sorted(maps.Keys(q[question])) {
			fmt.Fprintf(b, "%s 0 %s %d\n", question, doc, q[question][doc])
		}
	}
	return b.Flush()
}

// ReadRun reads a run as TREC writes it: question, Q0, document, rank, score, tag, and what follows is passed over. The
// rank is ignored, because trec_eval ignores it: the score alone orders. A document that is returned twice for a question
// is an error. Blank lines and lines that begin with # are passed over.
func ReadRun(name string, r io.Reader) (Run, error) {
	run := Run{}
	seen := map[string]map[string]bool{}
	l := &lines{path: name}
	err := l.each(r, func(line []byte) error {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			return nil
		}
		f := strings.Fields(string(line))
		if len(f) < 6 {
			return l.fault("", "%d fields where question, Q0, document, rank, score and tag are wanted", len(f))
		}
		question, doc := f[0], f[2]
		if err := cmp.Or(l.id("question", question), l.id("document", doc)); err != nil {
			return err
		}
		score, err := strconv.ParseFloat(f[4], 64)
		if err != nil || math.IsNaN(score) || math.IsInf(score, 0) {
			return l.fault("score", "%.40q is not a finite number", f[4])
		}
		if seen[question] == nil {
			seen[question] = map[string]bool{}
		}
		if seen[question][doc] {
			return l.fault("document", "%q is returned twice for question %q", doc, question)
		}
		seen[question][doc] = true
		run[question] = append(run[question], Scored{Doc: doc, Score: score})
		return nil
	})
	return run, err
}

// WriteRun writes a run as ReadRun reads it, questions sorted, documents in trec_eval's order with their ranks from 1.
// Scores are written so that reading them gives the same numbers. tag names the system and holds no white space.
func WriteRun(w io.Writer, run Run, tag string) error {
	b := bufio.NewWriter(w)
	for _, question := range slices.Sorted(maps.Keys(run)) {
		docs := slices.Clone(run[question])
		slices.SortFunc(docs, trecOrder)
		for i, d := range docs {
			fmt.Fprintf(b, "%s Q0 %s %d %s %s\n", question, d.Doc, i+1, strconv.FormatFloat(d.Score, 'g', -1, 64), tag)
		}
	}
	return b.Flush()
}

// trecOrder is trec_eval's order of documents: by score, descending, then by document id, descending byte by byte
// (comp_sim_docno in form_res_rels.c). Scores compare as float64, as they do there at present; releases before held them
// as float32, which is why descending makes steps that a float32 tells apart.
func trecOrder(a, b Scored) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Doc, a.Doc))
}

// descending gives documents, best first, scores that keep this order under every version of trec_eval: a score that is
// not below the one before, as a float32, is set to the next float32 below it.
func descending(docs []Scored) {
	for i := range docs {
		s := float32(docs[i].Score)
		if i > 0 {
			if last := float32(docs[i-1].Score); s >= last {
				s = math.Nextafter32(last, float32(math.Inf(-1)))
			}
		}
		docs[i].Score = float64(s)
	}
}
