package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/lectern-tutor/lectern/eval"
)

type evalGuardCmd struct {
	File string `arg:"" help:"Claims with references and labels: AttributionBench's JSONL as it is."`

	JSON      bool   `name:"json" help:"Print the report as JSON."`
	CV        bool   `name:"cv" help:"Judge each claim by weights made from the other nine of ten folds, grouped by question, instead of the shipped ones."`
	Train     string `placeholder:"OUT" help:"Make weights from FILE and write them to OUT instead of judging."`
	Seed      uint64 `default:"20261122" help:"Seed of the intervals' resampling."`
	Resamples int    `default:"2000" help:"How often to resample, 100 to 100,000."`
}

// Run prints how well the guard's support score agrees with people. It needs neither a database nor a model.
func (cmd evalGuardCmd) Run(ctx context.Context, a *app) error {
	err := cmd.run(ctx, a)
	if err == nil {
		return nil
	}
	fmt.Fprintln(a.stderr, "lectern:", err)
	return exitCode(evalStatus(err))
}

func (cmd evalGuardCmd) run(ctx context.Context, a *app) error {
	if err := (evalFlags{Language: "en", Seed: cmd.Seed, Resamples: cmd.Resamples}).check(); err != nil {
		return err
	}
	if cmd.Train != "" && (cmd.CV || cmd.JSON) {
		return badFlag("--train writes a file of weights: leave out --cv and --json")
	}
	claims, err := eval.ReadClaims(cmd.File)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if cmd.Train != "" {
		return cmd.train(a, claims)
	}
	report, err := eval.Support(claims, cmd.CV, eval.Bootstrap{Seed: cmd.Seed, Resamples: cmd.Resamples})
	if errors.Is(err, eval.ErrOneClass) {
		return &eval.FileError{Path: cmd.File, Message: err.Error()}
	}
	if err != nil {
		return err
	}
	if cmd.JSON {
		return a.printJSON(struct {
			Eval    string `json:"eval"`
			Lectern string `json:"lectern"`
			*eval.SupportReport
		}{"guard", version(), report})
	}
	_, err = fmt.Fprint(a.stdout, supportText(cmd.File, report))
	return err
}

func (cmd evalGuardCmd) train(a *app, claims *eval.Claims) error {
	w, err := eval.TrainSupport(claims)
	if errors.Is(err, eval.ErrOneClass) {
		return &eval.FileError{Path: cmd.File, Message: err.Error()}
	}
	if err != nil {
		return err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(w); err != nil {
		return err
	}
	if err := os.WriteFile(cmd.Train, b.Bytes(), 0o644); err != nil { //nolint:gosec // weights are no secret
		return badFlag("--train: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: weights %s from %s\n", cmd.Train, w.Version, plural(w.Data.Claims, "claim"))
	return err
}

func supportText(path string, r *eval.SupportReport) string {
	var b strings.Builder
	how := "shipped weights " + r.Weights
	switch {
	case r.Folds > 0:
		how = fmt.Sprintf("cross-validated, %d folds by question; the shipped weights %s play no part", r.Folds, r.Weights)
	case r.TrainedOn:
		how += ", WHICH WERE MADE FROM THIS FILE: this is training error; --cv gives the honest figure"
	}
	fmt.Fprintf(&b, "%s: %s, %s; %s\n", path, plural(r.Pooled.Claims, "claim"), plural(r.Pooled.Questions, "question"), how)
	t := evalTable("", "claims", "attributable", "macro-F1", "precision", "recall", "precision not", "recall not", "AUC")
	cut := evalTable("of which", "attributable rejected", "not attributable rejected", "attributable flagged", "not attributable flagged")
	for _, f := range append(r.Sources, r.Pooled) {
		if f.Source == "pooled" {
			t.AppendSeparator()
			cut.AppendSeparator()
		}
		share := func(x float64) string { return fmt.Sprintf("%.3f", x) }
		t.AppendRow(table.Row{f.Source, f.Claims, share(f.BaseRate), estimate(f.MacroF1), share(f.Precision), share(f.Recall), share(f.PrecisionNot), share(f.RecallNot), share(f.AUC)})
		cut.AppendRow(table.Row{f.Source, share(f.TrueRejected), share(f.FalseRejected), share(f.TrueFlagged), share(f.FalseFlagged)})
	}
	fmt.Fprintf(&b, "%s\njudged attributable from a score of %.1f on; precision and recall of \"attributable\" and of \"not attributable\"\n"+
		"95 %% intervals: whole questions drawn with replacement, %d times, seed %d; half attributable and all judged so: macro-F1 0.333\n\n"+
		"%s\nthe guard rejects below %.3f and flags for review below %.3f\n\nmacro-F1 %.3f\n",
		t.Render(), r.UsualThreshold, r.Resamples, r.Seed, cut.Render(), r.RejectBelow, r.ReviewBelow, r.Pooled.MacroF1.Mean)
	return b.String()
}
