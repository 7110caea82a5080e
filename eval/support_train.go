package eval

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// Settings of the trainer. They were fixed before the weights were made.
const (
	supportFolds    = 10
	supportL2       = 5.0
	supportVersion  = "2026.11.2"
	supportCommand  = "lectern eval guard FILE --train OUT"
	supportLanguage = "en"
	// trueRejected and trueFlagged are the largest shares of attributable claims that may be rejected, and rejected or
	// flagged: they set τ and τ₂ from cross-validated scores.
	trueRejected = 0.02
	trueFlagged  = 0.10
)

// measured is a claim with its features.
type measured struct {
	*Claim
	features guard.Features
	fold     int
}

// measureClaims scores nothing yet: it compares each claim with its references.
func measureClaims(a *lexical.Analyzer, claims []Claim) []measured {
	out := make([]measured, len(claims))
	for i := range claims {
		c := &claims[i]
		out[i] = measured{c, guard.Measure(a, c.Text, c.References...), foldOf(c.Question)}
	}
	return out
}

// foldOf puts all claims of a question into one fold, whatever file or order they come in: the first four bytes of the
// question's SHA-256, big-endian, modulo the number of folds.
func foldOf(question string) int {
	sum := sha256.Sum256([]byte(question))
	return int(binary.BigEndian.Uint32(sum[:4]) % supportFolds)
}

// TrainSupport makes weights of layer 7 from claims: a logistic regression with an L2 penalty on standardised features,
// by Newton's method, weights rounded to four decimals so that every machine writes the same file, and a bias moved so that
// 0.5 is where these claims are told apart best (see decide). τ and τ₂ are the
// quantiles of the attributable claims' cross-validated scores.
func TrainSupport(claims *Claims) (*guard.SupportWeights, error) {
	a, err := lexical.NewAnalyzer(supportLanguage)
	if err != nil {
		return nil, err
	}
	rows := measureClaims(a, claims.Claims)
	w, err := fitSupport(rows)
	if err != nil {
		return nil, err
	}
	w.Version, w.Command, w.Analyzer, w.L2 = supportVersion, supportCommand, a.Name(), supportL2
	w.Data.SHA256, w.Data.Claims = claims.SHA256, len(rows)
	scores, err := crossValidate(rows)
	if err != nil {
		return nil, err
	}
	var attributable []float64
	for i, r := range rows {
		if r.Attributable {
			attributable = append(attributable, scores[i])
		}
	}
	slices.Sort(attributable)
	w.RejectBelow = roundDown(attributable[int(trueRejected*float64(len(attributable)))])
	w.ReviewBelow = roundDown(attributable[int(trueFlagged*float64(len(attributable)))])
	pooled := judge(rows, scores)
	cv := &w.CrossValidated
	cv.Folds, cv.MacroF1, cv.AUC = supportFolds, round(pooled.macroF1()), round(auc(rows, scores))
	cv.TrueRejected, cv.TrueFlagged = round(shareBelow(attributable, w.RejectBelow)), round(shareBelow(attributable, w.ReviewBelow))
	cv.LeftOutF1, err = leaveSourceOut(rows, claims.Sources())
	return w, err
}

// crossValidate scores every row with weights made from the other folds.
func crossValidate(rows []measured) ([]float64, error) {
	scores := make([]float64, len(rows))
	for k := range supportFolds {
		if err := scoreHeldOut(rows, scores, func(r measured) bool { return r.fold == k }); err != nil {
			return nil, err
		}
	}
	return scores, nil
}

// scoreHeldOut scores the rows that are out with weights made from the others.
func scoreHeldOut(rows []measured, scores []float64, out func(measured) bool) error {
	rest := slices.DeleteFunc(slices.Clone(rows), out)
	if len(rest) == len(rows) {
		return nil // an empty fold
	}
	w, err := fitSupport(rest)
	for i, r := range rows {
		if err == nil && out(r) {
			scores[i] = w.Score(r.features)
		}
	}
	return err
}

// leaveSourceOut is the mean over the sources of macro-F1 on each, with weights made from the others: the nearest thing
// to data never seen that one file can show. 0 with a single source.
func leaveSourceOut(rows []measured, sources []string) (float64, error) {
	if len(sources) < 2 {
		return 0, nil
	}
	sum := 0.0
	for _, s := range sources {
		scores := make([]float64, len(rows))
		if err := scoreHeldOut(rows, scores, func(r measured) bool { return r.Source == s }); err != nil {
			return 0, err
		}
		var of []measured
		var at []float64
		for i, r := range rows {
			if r.Source == s {
				of, at = append(of, r), append(at, scores[i])
			}
		}
		sum += judge(of, at).macroF1()
	}
	return round(sum / float64(len(sources))), nil
}

// ErrOneClass says that there is nothing to learn from claims.
var ErrOneClass = errors.New("the claims to learn from are all attributable, or none is: there is nothing to tell apart")

// fitSupport is the regression. Newton's method on a convex function of a few weights: a dozen steps are far more than
// it needs.
func fitSupport(rows []measured) (*guard.SupportWeights, error) {
	positive := 0
	for _, r := range rows {
		if r.Attributable {
			positive++
		}
	}
	if positive == 0 || positive == len(rows) {
		return nil, ErrOneClass
	}
	names := guard.FeatureNames()
	d := len(names)
	mean, sd := make([]float64, d), make([]float64, d)
	for _, r := range rows {
		for j, v := range r.features.Values() {
			mean[j] += v / float64(len(rows))
		}
	}
	for _, r := range rows {
		for j, v := range r.features.Values() {
			sd[j] += (v - mean[j]) * (v - mean[j]) / float64(len(rows))
		}
	}
	for j := range sd {
		if sd[j] = math.Sqrt(sd[j]); sd[j] < 1e-9 {
			sd[j] = 1
		}
	}
	beta := make([]float64, d+1) // the bias is last and is not penalised
	z := make([]float64, d+1)
	for range 12 {
		gradient := make([]float64, d+1)
		hessian := make([][]float64, d+1)
		for j := range hessian {
			hessian[j] = make([]float64, d+1)
		}
		for _, r := range rows {
			z[d] = 1
			for j, v := range r.features.Values() {
				z[j] = (v - mean[j]) / sd[j]
			}
			s, y := 0.0, 0.0
			for j := range z {
				s += z[j] * beta[j]
			}
			if r.Attributable {
				y = 1
			}
			p := 1 / (1 + math.Exp(-s))
			for j := range z {
				gradient[j] += (y - p) * z[j]
				for k := range z {
					hessian[j][k] += p * (1 - p) * z[j] * z[k]
				}
			}
		}
		for j := range d {
			hessian[j][j] += supportL2
			gradient[j] -= supportL2 * beta[j]
		}
		for j, step := range solve(hessian, gradient) {
			beta[j] += step
		}
	}
	w := &guard.SupportWeights{Bias: beta[d]}
	for j, name := range names {
		w.Features = append(w.Features, guard.FeatureWeight{Name: name, Weight: round(beta[j] / sd[j])})
		w.Bias -= beta[j] * mean[j] / sd[j]
	}
	w.Bias = round(w.Bias)
	decide(rows, w)
	return w, nil
}

// solve returns x of a·x = b for a symmetric, positive definite a, by Gaussian elimination; it overwrites both.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	for i := range n {
		for r := i + 1; r < n; r++ {
			f := a[r][i] / a[i][i]
			for c := i; c < n; c++ {
				a[r][c] -= f * a[i][c]
			}
			b[r] -= f * b[i]
		}
	}
	x := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		x[i] = b[i]
		for c := i + 1; c < n; c++ {
			x[i] -= a[i][c] * x[c]
		}
		x[i] /= a[i][i]
	}
	return x
}

// round keeps four digits.
func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// roundDown keeps a threshold at or below the score that it was taken from.
func roundDown(x float64) float64 { return math.Floor(x*1000) / 1000 }

func shareBelow(sorted []float64, x float64) float64 {
	n, _ := slices.BinarySearch(sorted, x)
	return float64(n) / float64(len(sorted))
}
