package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/lectern-tutor/lectern/answer/guard"
	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// A SupportReport says how well layer 7's score tells claims that people found supported from the others. A claim counts
// as judged supported from a score of 0.5 on.
type SupportReport struct {
	Weights        string           `json:"weights"` // their version
	Folds          int              `json:"folds"`   // 0: judged with the shipped weights
	TrainedOn      bool             `json:"weights_were_made_from_this_file"`
	SHA256         string           `json:"sha256"` // of the file
	Pooled         SupportFigures   `json:"pooled"`
	Sources        []SupportFigures `json:"sources"`
	RejectBelow    float64          `json:"reject_below"`
	ReviewBelow    float64          `json:"review_below"`
	Seed           uint64           `json:"seed"`
	Resamples      int              `json:"resamples"`
	UsualThreshold float64          `json:"threshold"`
}

// SupportFigures are those of one source or of all claims. Shares are 0 to 1, and 0 where nothing was to be counted.
type SupportFigures struct {
	Source    string  `json:"source"`
	Claims    int     `json:"claims"`
	Questions int     `json:"questions"`
	BaseRate  float64 `json:"attributable_share"`
	// MacroF1 is the mean of the two classes' F1, with the 95 % interval over whole questions drawn with replacement.
	MacroF1 Estimate `json:"macro_f1"`
	// Precision and recall of "supported", then of "not supported".
	Precision    float64 `json:"precision_attributable"`
	Recall       float64 `json:"recall_attributable"`
	PrecisionNot float64 `json:"precision_not"`
	RecallNot    float64 `json:"recall_not"`
	// AUC is the chance that a supported claim scores above one that is not, ties counting half; it needs no threshold.
	AUC float64 `json:"auc"`
	// What τ and τ₂ would do, as shares of the class.
	TrueRejected  float64 `json:"attributable_rejected"`
	FalseRejected float64 `json:"not_attributable_rejected"`
	TrueFlagged   float64 `json:"attributable_flagged"`
	FalseFlagged  float64 `json:"not_attributable_flagged"`
}

// Support judges claims with the shipped weights or, with crossValidated, each with weights made from the other nine of
// ten folds by question. On the file that the weights were made from, only the latter is an honest figure.
func Support(claims *Claims, crossValidated bool, b Bootstrap) (*SupportReport, error) {
	w, err := guard.ShippedWeights()
	if err != nil {
		return nil, err
	}
	a, err := lexical.NewAnalyzer(supportLanguage)
	if err != nil {
		return nil, err
	}
	if a.Name() != w.Analyzer {
		return nil, fmt.Errorf("weights %s are for the analyser %s, this is %s", w.Version, w.Analyzer, a.Name())
	}
	b = b.defaults()
	r := &SupportReport{
		Weights: w.Version, SHA256: claims.SHA256, TrainedOn: claims.SHA256 == w.Data.SHA256,
		RejectBelow: w.RejectBelow, ReviewBelow: w.ReviewBelow, Seed: b.Seed, Resamples: b.Resamples, UsualThreshold: 0.5,
	}
	rows := measureClaims(a, claims.Claims)
	scores := make([]float64, len(rows))
	for i := range rows {
		scores[i] = w.Score(rows[i].features)
	}
	if crossValidated {
		r.Folds = supportFolds
		if scores, err = crossValidate(rows); err != nil {
			return nil, err
		}
	}
	r.Pooled = r.figures("pooled", rows, scores, b)
	for _, s := range claims.Sources() {
		var of []measured
		var at []float64
		for i := range rows {
			if rows[i].Source == s {
				of, at = append(of, rows[i]), append(at, scores[i])
			}
		}
		r.Sources = append(r.Sources, r.figures(s, of, at, b))
	}
	return r, nil
}

func (r *SupportReport) figures(source string, rows []measured, scores []float64, b Bootstrap) SupportFigures {
	t := judge(rows, scores)
	f := SupportFigures{
		Source: source, Claims: len(rows), BaseRate: portion(t.tp+t.fn, len(rows)),
		Precision: portion(t.tp, t.tp+t.fp), Recall: portion(t.tp, t.tp+t.fn),
		PrecisionNot: portion(t.tn, t.tn+t.fn), RecallNot: portion(t.tn, t.tn+t.fp), AUC: auc(rows, scores),
	}
	f.MacroF1, f.Questions = b.macroF1(rows, scores)
	rejected, flagged := [2]int{}, [2]int{}
	for i, row := range rows {
		class := 0
		if row.Attributable {
			class = 1
		}
		switch {
		case scores[i] < r.RejectBelow:
			rejected[class]++
		case scores[i] < r.ReviewBelow:
			flagged[class]++
		}
	}
	f.TrueRejected, f.FalseRejected = portion(rejected[1], t.tp+t.fn), portion(rejected[0], t.tn+t.fp)
	f.TrueFlagged, f.FalseFlagged = portion(flagged[1], t.tp+t.fn), portion(flagged[0], t.tn+t.fp)
	return f
}

// confusion counts judgements: true and false, of supported and of not.
type confusion struct{ tp, fp, fn, tn int }

func judge(rows []measured, scores []float64) confusion {
	var c confusion
	for i, r := range rows {
		c.count(r.Attributable, scores[i] >= 0.5)
	}
	return c
}

func (c *confusion) count(is, said bool) {
	switch {
	case is && said:
		c.tp++
	case is:
		c.fn++
	case said:
		c.fp++
	default:
		c.tn++
	}
}

// macroF1 is the mean of both classes' F1; a class that neither occurs nor is predicted has 0.
func (c confusion) macroF1() float64 {
	return (portion(2*c.tp, 2*c.tp+c.fp+c.fn) + portion(2*c.tn, 2*c.tn+c.fp+c.fn)) / 2
}

func portion(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// macroF1 returns macro-F1 with its interval, and the number of questions, which are the clusters.
func (b Bootstrap) macroF1(rows []measured, scores []float64) (Estimate, int) {
	by := map[string]*confusion{}
	var names []string
	for i, r := range rows {
		c := by[r.Question]
		if c == nil {
			c = &confusion{}
			by[r.Question] = c
			names = append(names, r.Question)
		}
		c.count(r.Attributable, scores[i] >= 0.5)
	}
	slices.Sort(names)
	e := Estimate{Mean: judge(rows, scores).macroF1(), Low: math.NaN(), High: math.NaN()}
	if len(names) < 2 {
		return e, len(names)
	}
	random := rand.New(rand.NewPCG(b.Seed, 0)) //nolint:gosec // to be repeatable is what it is for
	drawn := make([]float64, b.Resamples)
	for i := range drawn {
		var sum confusion
		for range names {
			c := by[names[random.IntN(len(names))]]
			sum = confusion{sum.tp + c.tp, sum.fp + c.fp, sum.fn + c.fn, sum.tn + c.tn}
		}
		drawn[i] = sum.macroF1()
	}
	slices.Sort(drawn)
	e.Low, e.High = quantile(drawn, 0.025), quantile(drawn, 0.975)
	return e, len(names)
}

// auc is the area under the ROC curve by ranks (Mann and Whitney); 0.5 if there is only one class.
func auc(rows []measured, scores []float64) float64 {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return a - b
	})
	ranks, positive := 0.0, 0
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && scores[order[j]] == scores[order[i]] {
			j++
		}
		for _, k := range order[i:j] {
			if rows[k].Attributable {
				ranks += float64(i+j+1) / 2
				positive++
			}
		}
		i = j
	}
	negative := len(rows) - positive
	if positive == 0 || negative == 0 {
		return 0.5
	}
	return (ranks - float64(positive*(positive+1))/2) / float64(positive*negative)
}
